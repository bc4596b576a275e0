#!/usr/bin/env python3
"""Verifies the proofs of a Tocsin hub. Shares no code with the hub: written from docs/protocols/ledger.md.

    python3 verify.py BUNDLE [--vkey KEY] [--seen FILE]

BUNDLE is a feed bundle (a JSON file, from `tocsin receipts`) or a log bundle (a folder, from `tocsin export`).
Prints one line of JSON: {"ok", "receiptsVerified", "statementsVerified", "checkpointOk", "fault"}.
Exit codes: 0 all of it holds, 1 something does not, 2 nothing could be verified (usage, or no such file).
Needs Python 3.9 and the package cryptography (Debian: python3-cryptography).
"""
import argparse
import base64
import binascii
import datetime
import hashlib
import json
import math
import pathlib
import re
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Fault(Exception):
    def __init__(self, code, message, **place):
        super().__init__(message)
        self.report = {"fault": code, **place, "message": message}


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf_hash(data):
    return sha256(b"\x00" + data)


def node_hash(left, right):
    return sha256(b"\x01" + left + right)


def b64(text, url=False):
    """Bytes, or None when the text is not the one way to write them."""
    if not isinstance(text, str) or not text.isascii():
        return None
    try:
        if url:
            data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            again = base64.urlsafe_b64encode(data).rstrip(b"=")
        else:
            data = base64.b64decode(text, validate=True)
            again = base64.b64encode(data)
    except (binascii.Error, ValueError):
        return None
    return data if again.decode() == text else None


def is_count(value):
    return type(value) is int and 0 <= value < 2**53


def parse_object(text):
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def signed_by(public, signature, message):
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        return True
    except (InvalidSignature, ValueError):
        return False


# The tree, by its definition (RFC 9162 2.1)


def split(size):
    """The largest power of two below size."""
    return 1 << (size - 1).bit_length() - 1


def root_at(leaf, index, size, proof):
    """The root to which a leaf's proof leads; None when the proof has another length."""
    if size == 1:
        return leaf if not proof else None
    if not proof:
        return None
    left = split(size)
    if index < left:
        below = root_at(leaf, index, left, proof[:-1])
        return below and node_hash(below, proof[-1])
    below = root_at(leaf, index - left, size - left, proof[:-1])
    return below and node_hash(proof[-1], below)


def included(leaf, index, size, root, proof):
    sound = len(leaf) == 32 and all(hash and len(hash) == 32 for hash in proof)
    return sound and index < size and root_at(leaf, index, size, proof) == root


class Tree:
    """Grows by one leaf at a time; keeps the hashes of every eighth level, which are those of the tiles."""

    def __init__(self):
        self.size = 0
        self.peaks = []  # (height, hash)
        self.levels = {}

    def add(self, leaf):
        height, hash = 0, leaf
        while True:
            if height % 8 == 0:
                self.levels.setdefault(height // 8, []).append(hash)
            if not self.peaks or self.peaks[-1][0] != height:
                break
            hash = node_hash(self.peaks.pop()[1], hash)
            height += 1
        self.peaks.append((height, hash))
        self.size += 1

    def root(self):
        if not self.peaks:
            return sha256(b"")
        hash = self.peaks[-1][1]
        for _, left in reversed(self.peaks[:-1]):
            hash = node_hash(left, hash)
        return hash


# Signed notes and keys


LOG, WITNESS = 1, 4  # what a key signs, as its word says it


def key_id(name, public, kind=LOG):
    return sha256(name.encode() + b"\n" + bytes([kind]) + public)[:4]


def parse_vkey(text, kind=LOG):
    match = re.fullmatch(r"([^\s+]+)\+([0-9a-f]{8})\+(\S+)", text)
    data = match and b64(match[3])
    if not data or len(data) != 33 or data[0] != kind or key_id(match[1], data[1:], kind).hex() != match[2]:
        return None
    return match[1], data[1:]


def parse_note(note):
    """(text, [(name, key id, signature)]), or None."""
    text, blank, tail = note.rpartition("\n\n")
    if not blank or not text or not tail.endswith("\n") or re.search(r"[\x00-\x09\x0b-\x1f]", note):
        return None
    signatures = []
    for line in tail[:-1].split("\n"):
        match = re.fullmatch(r"— ([^\s+]+) (\S+)", line)
        blob = match and b64(match[2])
        if not blob or len(blob) < 5:
            return None
        signatures.append((match[1], blob[:4], blob[4:]))
    return text + "\n", signatures


def signature_state(note, key):
    """True: signed. False: said to be, and it is not. None: not by this key."""
    text, signatures = note
    own = [blob for name, id, blob in signatures if name == key[0] and id == key_id(*key)]
    return all(signed_by(key[1], blob, text.encode()) for blob in own) if own else None


def check_witnesses(signed, witnesses, quorum):
    """Enough of them cosigned the checkpoint (cosignature/v1), and none that is asked for did so falsely."""
    text, signatures = parse_note(signed)
    found = 0
    for name, public in witnesses:
        own = [blob for of, id, blob in signatures if of == name and id == key_id(name, public, WITNESS)]
        for blob in own:
            head = f"cosignature/v1\ntime {int.from_bytes(blob[:8], 'big')}\n"
            if len(blob) <= 8 or not signed_by(public, blob[8:], (head + text).encode()):
                raise Fault("COSIGNATURE_INVALID", f"The line of {name} is not its signature.", path="checkpoint")
        found += bool(own)
    if found < quorum:
        raise Fault("NOT_WITNESSED", f"{found} of {quorum} witnesses cosigned.", path="checkpoint")


def instant(text):
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", text):
        raise ValueError(text)
    whole, _, fraction = text[:-1].partition(".")
    at = datetime.datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=datetime.timezone.utc)
    return at.timestamp() + float("0." + (fraction or "0"))


class Keys:
    def __init__(self, signed, pinned):
        note = parse_note(signed)
        try:
            self._parse(note[0])
        except (TypeError, ValueError, KeyError):
            raise Fault("MALFORMED", "The note of keys cannot be read.", path="keys") from None
        known = [key for key, _, _ in self.log]
        if pinned and pinned not in known:
            raise Fault("KEY_UNKNOWN", "The pinned key is not among the keys.", path="keys")
        states = {key: signature_state(note, key) for key in known}
        if False in states.values():
            raise Fault("SIGNATURE_INVALID", "The note of keys is not what was signed.", path="keys")
        if not any(states[key] for key in ([pinned] if pinned else known)):
            raise Fault("KEY_UNKNOWN", "The note of keys is not signed by a key that is known.", path="keys")

    def _parse(self, text):
        head, *lines = text[:-1].split("\n")
        if not re.fullmatch(r"[^\s+]+/keys", head):
            raise ValueError(head)
        self.origin, self.log, self.receipt = head[: -len("/keys")], [], {}
        for line in lines:
            kind, *words = line.split(" ")
            if kind == "log":
                vkey, first, last = words
                key = parse_vkey(vkey)
                if not key or key[0] != self.origin:
                    raise ValueError(line)
                self.log.append((key, size_of(first), math.inf if last == "-" else size_of(last)))
            elif kind == "receipt":
                kid, text, first, last = words
                public = b64(text, url=True)
                if not public or len(public) != 32 or kid in self.receipt:
                    raise ValueError(line)
                window = math.floor(instant(first)), math.inf if last == "-" else math.ceil(instant(last))
                self.receipt[kid] = public, window
            else:
                raise ValueError(line)

    def checkpoint(self, signed, path):
        """(size, root) of a checkpoint that a log key signed while it was valid."""
        note = parse_note(signed)
        lines = note[0].split("\n") if note else []
        root = b64(lines[2]) if len(lines) >= 4 else None
        if not root or len(root) != 32 or not re.fullmatch(r"0|[1-9]\d{0,14}", lines[1]):
            raise Fault("CHECKPOINT_TAMPERED", "The checkpoint cannot be read.", path=path)
        if lines[0] != self.origin:
            raise Fault("CHECKPOINT_TAMPERED", "The checkpoint is another log's.", path=path)
        size, signers, valid = int(lines[1]), 0, 0
        for key, first, last in self.log:
            state = signature_state(note, key)
            if state is False:
                raise Fault("CHECKPOINT_TAMPERED", "The checkpoint is not what was signed.", path=path)
            signers += bool(state)
            valid += bool(state) and first <= size <= last
        if not signers:
            raise Fault("KEY_UNKNOWN", "No log key signed the checkpoint.", path=path)
        if not valid:
            raise Fault("KEY_OUT_OF_WINDOW", "The key was not valid for this size.", path=path)
        return size, root

    def token(self, jws, typ, place):
        """The claims of a JWS, compact, of this type."""
        parts = jws.split(".") if isinstance(jws, str) else []
        if len(parts) != 3:
            raise Fault("MALFORMED", "The token is no compact JWS.", **place)
        head, claims, signature = (b64(part, url=True) for part in parts)
        header, claims = parse_object(head or b""), parse_object(claims or b"")
        sound = header.get("alg") == "Ed25519" and header.get("typ") == typ and "crit" not in header
        if not sound or not claims or signature is None:
            raise Fault("MALFORMED", f"The token is no {typ}.", **place)
        if header.get("kid") not in self.receipt:
            raise Fault("KEY_UNKNOWN", "The token is signed with an unknown key.", **place)
        public, (first, last) = self.receipt[header["kid"]]
        if not signed_by(public, signature, f"{parts[0]}.{parts[1]}".encode()):
            raise Fault("SIGNATURE_INVALID", "The token is not what was signed.", **place)
        if not is_count(claims.get("iat")):
            raise Fault("MALFORMED", "The token has no time.", **place)
        if not first <= claims["iat"] <= last:
            raise Fault("KEY_OUT_OF_WINDOW", "The key was not valid at that time.", **place)
        if claims.get("iss") != self.origin:
            raise Fault("SIGNATURE_INVALID", "The token is another hub's.", **place)
        return claims


def size_of(text):
    if not re.fullmatch(r"\d{1,15}", text):
        raise ValueError(text)
    return int(text)


# Entries


def leaf_of(salt, body):
    """The leaf hash that salt and body (base64) give; None when they give none."""
    salt, body = b64(salt), b64(body)
    if salt is None or body is None or len(salt) != 32:
        return None
    return leaf_hash(b"\x01" + sha256(salt + body))


def said_in(body):
    """(id, kind, seconds, rows) of a body; None when it is not of an entry."""
    said = parse_object(b64(body) or b"")
    try:
        return str(said["id"]), str(said["kind"]), math.floor(instant(said["at"])), said.get("rows")
    except (KeyError, TypeError, ValueError):
        return None


def stated_ends(rows, place):
    """[(organisation, n, h)] of an entry FEED_STATED."""
    try:
        ends = [(row["id"], row["n"], b64(row["h"], url=True)) for row in rows]
    except (KeyError, TypeError):
        ends = [(None, None, None)]
    if not all(isinstance(org, str) and is_count(n) and h and len(h) == 32 for org, n, h in ends):
        raise Fault("MALFORMED", "The entry does not say what it states.", **place)
    return ends


# A feed bundle


def verify_feed(bundle, pinned, seen, witnesses, tally):
    entries, statements = bundle.get("entries"), bundle.get("statements")
    fetched, org, origin = bundle.get("fetchedAt"), bundle.get("organisation"), bundle.get("origin")
    texts = [org, origin, bundle.get("keys"), bundle.get("checkpoint")]
    lists = [entries, statements]
    sound = all(isinstance(text, str) for text in texts) and all(isinstance(each, list) for each in lists)
    sound = sound and is_count(bundle.get("generation")) and (fetched is None or is_count(fetched))
    if bundle.get("format") != "tocsin-feed-bundle/1" or not sound:
        raise Fault("MALFORMED", "This is no feed bundle.")
    keys = Keys(bundle["keys"], pinned)
    if keys.origin != origin:
        raise Fault("MALFORMED", "The bundle and its keys are of two hubs.", path="keys")
    size, root = keys.checkpoint(bundle["checkpoint"], "checkpoint")
    check_witnesses(bundle["checkpoint"], *witnesses)
    if seen:
        before = keys.checkpoint(seen, "seen")
        if before[0] > size:
            raise Fault("LOG_TRUNCATED", "The log was longer.", position=size, path="seen")
        if before[0] == size and before[1] != root:
            raise Fault("INCONSISTENT", "Two logs of one size were signed.", position=0, path="seen")
    tally["checkpointOk"] = True

    chain, latest, pending, last_position = [bytes(32)], fetched or 0, [], -1

    def check_end(n, h):
        if n >= len(chain):
            raise Fault("LOG_TRUNCATED", f"The feed had {n} entries.", seq=len(chain))
        if chain[n] != h:
            raise Fault("STATEMENT_WRONG", f"The first {n} entries are not those stated.", seq=n)

    for seq, each in enumerate(entries, 1):
        if not isinstance(each, dict) or not is_count(each.get("seq")):
            raise Fault("MALFORMED", "The entry does not say all.", seq=seq)
        if each["seq"] != seq:
            later = any(isinstance(other, dict) and other.get("seq") == seq for other in entries[seq:])
            raise Fault("ENTRY_SWAPPED" if later else "FEED_NOT_DENSE", f"Number {seq} is not here.", seq=seq)
        receipt, said, leaf = verify_entry(each, keys, size, root)
        position = each["position"]
        place = {"seq": seq, "entry": each["entry"]}
        if position is not None:
            if position <= last_position:
                raise Fault("ENTRY_SWAPPED", "The feed is not in the order of the log.", **place)
            last_position = position
            latest = max(latest, said[2] if said else 0)
        if receipt and position is not None:
            tally["receiptsVerified"] += 1
        elif receipt:
            pending.append((receipt["iat"] + receipt["within"], place))
        chain.append(sha256(chain[-1] + leaf))
        if said and said[1] == "FEED_STATED":
            for owner, n, h in stated_ends(said[3], place):
                if owner == org:
                    check_end(n, h)
    for index, jws in enumerate(statements, 1):
        place = {"path": f"statements:{index}"}
        claims = keys.token(jws, "tocsin-feed-statement+jwt", place)
        n, h, gen, of = claims.get("n"), b64(claims.get("h"), url=True), claims.get("gen"), claims.get("size")
        if not (is_count(n) and is_count(gen) and is_count(of) and h and len(h) == 32):
            raise Fault("MALFORMED", "The statement does not say all.", **place)
        if claims.get("org") != org or gen > bundle["generation"]:
            raise Fault("STATEMENT_WRONG", "The statement is of another feed.", **place)
        check_end(n, h)
        if of <= size:
            latest = max(latest, claims["iat"])
        tally["statementsVerified"] += 1
    for due, place in pending:
        if due < latest:
            raise Fault("BROKEN_PROMISE", "The entry was to be in the log by now.", **place)


def verify_entry(each, keys, size, root):
    entry, salt, body, receipt = (each.get(name) for name in ("entry", "salt", "body", "receipt"))
    leaf, position, proof = b64(each.get("leaf")), each.get("position"), each.get("proof")
    place = {"seq": each["seq"], "entry": entry}
    texts = all(text is None or isinstance(text, str) for text in (salt, body, receipt))
    texts = texts and all(name in each for name in ("salt", "body", "receipt", "position"))
    placed = is_count(position) and isinstance(proof, list)
    if not (isinstance(entry, str) and texts and leaf) or (salt is None) != (body is None):
        raise Fault("MALFORMED", "The entry does not say all.", seq=each["seq"])
    if not placed and position is not None:
        raise Fault("MALFORMED", "The entry does not say all.", seq=each["seq"])
    told = None
    if receipt is not None:
        receipt = keys.token(receipt, "tocsin-receipt+jwt", place)
        told = b64(receipt.get("leaf"), url=True)
        texts = isinstance(receipt.get("entry"), str) and isinstance(receipt.get("kind"), str)
        if not (texts and is_count(receipt.get("within")) and told and len(told) == 32):
            raise Fault("MALFORMED", "The receipt does not say all.", **place)
        if receipt["entry"] != entry:
            raise Fault("ENTRY_SWAPPED", "The receipt is of another entry.", **place)
    holds = placed and included(leaf, position, size, root, [b64(hash) for hash in proof])
    if body is not None and leaf_of(salt, body) != leaf:
        code = "BODY_TAMPERED" if holds or told == leaf else "LEAF_TAMPERED"
        raise Fault(code, "Salt and body do not give the leaf.", **place)
    if len(leaf) != 32 or (told and told != leaf):
        raise Fault("LEAF_TAMPERED", "The leaf is not the one in the receipt.", **place)
    if placed and not holds:
        raise Fault("HASH_TAMPERED", "The proof does not lead to the root.", **place, position=position)
    said = None
    if body is not None:
        said = said_in(body)
        if not said:
            raise Fault("MALFORMED", "The body is not of an entry.", **place)
        if said[0] != entry:
            raise Fault("ENTRY_SWAPPED", "The body is of another entry.", **place)
        if receipt and (receipt["kind"], receipt["iat"]) != said[1:3]:
            raise Fault("SIGNATURE_INVALID", "The receipt says another kind or time.", **place)
    return receipt, said, leaf


# A log bundle


def tile_name(index):
    parts = []
    while True:
        parts.insert(0, f"{'x' if parts else ''}{index % 1000:03d}")
        index //= 1000
        if not index:
            return "/".join(parts)


class Log:
    """A log bundle, read into memory: the hashes of a million entries are 64 MB."""

    def __init__(self, folder, pinned, seen, witnesses, tally):
        self.folder = folder
        self.keys = Keys(self.text("keys"), pinned)
        self.size, self.root = self.keys.checkpoint(self.text("checkpoint"), "checkpoint")
        check_witnesses(self.text("checkpoint"), *witnesses)
        self.milestones = [("checkpoint", self.size, self.root)]
        if seen:
            self.milestones.append(("seen", *self.keys.checkpoint(seen, "seen")))
            self.check_length(*self.milestones[-1])
        self.read_checkpoints()
        self.leaves = list(self.in_files("entries", self.size))
        self.tiles = list(self.in_files(0, self.size))
        self.stated, self.tally = {}, tally

    def text(self, name):
        try:
            return (self.folder / name).read_bytes().decode()
        except (OSError, ValueError):
            raise Fault("MALFORMED", f"There is no {name}.", path=name) from None

    def lines(self, name):
        try:
            file = open(self.folder / name, encoding="utf-8", errors="replace", newline="\n")
        except OSError:
            raise Fault("MALFORMED", f"There is no {name}.", path=name) from None
        with file:
            for number, line in enumerate(file, 1):
                yield f"{name}:{number}", line.rstrip("\n")

    def check_length(self, path, size, _):
        if size > self.size:
            raise Fault("LOG_TRUNCATED", "The log was longer.", position=self.size, path=path)

    def read_checkpoints(self):
        before = 0
        for path, line in self.lines("checkpoints.ndjson"):
            try:
                note = json.loads(line)
            except ValueError:
                note = None
            if not isinstance(note, str):
                raise Fault("MALFORMED", "The line is no JSON string.", path=path)
            milestone = (path, *self.keys.checkpoint(note, path))
            if milestone[1] < before:
                raise Fault("MALFORMED", "Checkpoints are in the order of their sizes.", path=path)
            before = milestone[1]
            self.check_length(*milestone)
            self.milestones.append(milestone)

    def in_files(self, level, count):
        """Leaves ("entries") or hashes of the tiles of one level; None where there is nothing."""
        for index in range(math.ceil(count / 256)):
            width = min(256, count - index * 256)
            partial = "" if width == 256 else f".p/{width}"
            path = f"tile/{level}/{tile_name(index)}{partial}"
            data = (self.folder / path).read_bytes() if (self.folder / path).is_file() else b""
            items = []
            while level == "entries" and data:
                end = 2 + int.from_bytes(data[:2], "big")
                items.append(data[2:end])
                data = data[end:]
            while level != "entries" and len(data) >= 32:
                items.append(data[:32])
                data = data[32:]
            if len(items) > width:
                raise Fault("MALFORMED", "There is more in the file than its name says.", path=path)
            yield from (items + [None] * width)[:width]

    def path_of(self, level, index, count):
        width = min(256, count - index * 256)
        return f"tile/{level}/{tile_name(index)}{'' if width == 256 else f'.p/{width}'}"

    def payloads(self):
        for path, line in self.lines("payloads.ndjson"):
            value = parse_object(line)
            texts = all(isinstance(value.get(name), str) for name in ("entry", "kind"))
            salt, body = value.get("salt", 0), value.get("body", 0)
            sound = all(each is None or isinstance(each, str) for each in (salt, body))
            if not texts or not is_count(value.get("position")) or not sound or (salt is None) != (body is None):
                raise Fault("MALFORMED", "The line is no payload.", path=path)
            yield path, value

    def verify(self):
        tree, payloads, agreed = Tree(), self.payloads(), self.agree(Tree(), 0)
        self.entry_at = []
        for position in range(self.size):
            if self.leaves[position] is None:
                bundle = position // 256 + 1
                goes_on = any(leaf is not None for leaf in self.leaves[bundle * 256 : bundle * 256 + 256])
                code = "ENTRY_MISSING" if goes_on else "LOG_TRUNCATED"
                path = self.path_of("entries", position // 256, self.size)
                raise Fault(code, "The log has no such entry.", position=position, path=path)
            payload = self.payload_at(position, payloads)
            if self.tiles[position] is None:
                path = self.path_of(0, position // 256, self.size)
                raise Fault("TILE_TAMPERED", "The tile has no such hash.", position=position, path=path)
            self.check_leaf(position, payload)
            self.read(position, payload)
            tree.add(self.tiles[position])
            agreed = self.agree(tree, agreed)
            if (position + 1) % 256 == 0:
                self.check_tiles(tree, full=True)
        self.check_tiles(tree, full=False)
        for path, _ in payloads:
            raise Fault("MALFORMED", "A payload that the checkpoint does not cover.", position=self.size, path=path)
        self.tally["checkpointOk"] = True
        self.verify_feeds()

    def payload_at(self, position, payloads):
        path, payload = next(payloads, (None, None))
        if payload is None:
            raise Fault("LOG_TRUNCATED", "The payloads end.", position=position)
        if payload["position"] != position:
            later = any(value["position"] == position for _, value in self.payloads())
            code = "ENTRY_SWAPPED" if later else "ENTRY_MISSING"
            raise Fault(code, "The payload is not here.", position=position, path=path)
        return payload

    def check_leaf(self, position, payload):
        hash, tile, erased = leaf_hash(self.leaves[position]), self.tiles[position], payload["body"] is None
        told = None if erased else leaf_of(payload["salt"], payload["body"])
        if hash == tile and (erased or told == hash):
            return
        if hash == tile:
            code, found = "BODY_TAMPERED", told
            own = [leaf_of(each["salt"], each["body"]) for _, each in self.payloads()]
        else:
            code, found = "HASH_TAMPERED" if told == hash else "LEAF_TAMPERED", hash
            own = [leaf is not None and leaf_hash(leaf) for leaf in self.leaves]
        if any(each == tile and at != position for at, each in enumerate(own)):
            raise Fault("ENTRY_SWAPPED", "What belongs here stands elsewhere.", position=position)
        if found and any(each == found and at != position for at, each in enumerate(self.tiles)):
            raise Fault("ENTRY_MISSING", "Here stands what belongs elsewhere.", position=position)
        raise Fault(code, "Payload, leaf and tile do not agree.", position=position)

    def read(self, position, payload):
        self.entry_at.append(payload["entry"])
        if payload["body"] is None:
            return
        said = said_in(payload["body"])
        place = {"position": position, "entry": payload["entry"]}
        if not said or said[:2] != (payload["entry"], payload["kind"]):
            raise Fault("MALFORMED", "The body is not of the entry and kind beside it.", **place)
        if said[1] == "FEED_STATED":
            for org, n, h in stated_ends(said[3], place):
                if n == 0:
                    self.check_end(org, 0, bytes(32), [(h, position)])
                else:
                    self.stated.setdefault((org, n), []).append((h, position))

    def agree(self, tree, agreed):
        due = [milestone for milestone in self.milestones if milestone[1] == tree.size]
        for path, size, root in due:
            if root != tree.root():
                message = f"The first {size} entries are not those that were signed."
                raise Fault("INCONSISTENT", message, position=agreed, path=path)
        return tree.size if due else agreed

    def check_tiles(self, tree, full):
        for level in [level for level in tree.levels if level > 0]:
            hashes = tree.levels[level]
            if full and len(hashes) % 256:
                continue
            start = max(0, len(hashes) - 1) // 256 * 256
            stored = list(self.in_files(level, self.size // 256**level))
            for at in range(start, len(hashes)):
                if stored[at] != hashes[at]:
                    path = self.path_of(level, at // 256, self.size // 256**level)
                    message = "A hash of the tile is not that of the entries under it."
                    raise Fault("TILE_TAMPERED", message, position=at * 256**level, path=path)

    def check_end(self, org, n, hash, stated):
        for h, position in stated:
            if h != hash:
                place = {"position": position, "organisation": org, "seq": n}
                raise Fault("STATEMENT_WRONG", "The feed is not what was stated.", **place)
            self.tally["statementsVerified"] += 1

    def verify_feeds(self):
        heads, at = {}, 0
        for path, line in self.lines("feeds.ndjson"):
            value = parse_object(line)
            org, seq, entry, hash = (value.get(name) for name in ("organisation", "seq", "entry", "hash"))
            sound = is_count(seq) and is_count(value.get("generation"))
            if not all(isinstance(text, str) for text in (org, entry, hash)) or not sound:
                raise Fault("MALFORMED", "The line is of no feed.", path=path)
            before, chain = heads.get(org, (0, bytes(32)))
            place = {"organisation": org, "seq": before + 1, "path": path}
            if seq != before + 1:
                raise Fault("FEED_NOT_DENSE", "The next number does not come here.", **place)
            while at < self.size and self.entry_at[at] != entry:
                at += 1
            if at == self.size:
                raise Fault("ENTRY_MISSING", "The log has no such entry from here on.", **place, entry=entry)
            chain = sha256(chain + self.tiles[at])
            if b64(hash) != chain:
                raise Fault("FEED_CHAIN_BROKEN", "The hash is not that of the feed.", **place, entry=entry)
            heads[org] = seq, chain
            self.check_end(org, seq, chain, self.stated.pop((org, seq), []))
        for (org, n), stated in self.stated.items():
            seq = heads.get(org, (0, None))[0] + 1
            place = {"position": stated[0][1], "organisation": org, "seq": seq}
            raise Fault("LOG_TRUNCATED", f"A feed that had {n} entries is shorter.", **place)


def main():
    parser = argparse.ArgumentParser(description="Verifies the proofs of a Tocsin hub.")
    parser.add_argument("bundle", type=pathlib.Path, help="a feed bundle (file) or a log bundle (folder)")
    parser.add_argument("--vkey", help="a log key that you know from elsewhere")
    parser.add_argument("--seen", type=pathlib.Path, help="a checkpoint that you have seen before")
    parser.add_argument("--witness", action="append", default=[], help="the key of a witness that has to have cosigned")
    parser.add_argument("--quorum", type=int, help="how many of the witnesses are enough (else all)")
    args = parser.parse_args()
    pinned = parse_vkey(args.vkey) if args.vkey else None
    if args.vkey and not pinned:
        parser.error("--vkey is no key")
    keys = [parse_vkey(word, WITNESS) for word in dict.fromkeys(args.witness)]
    quorum = len(keys) if args.quorum is None else args.quorum
    if not all(keys) or not min(1, len(keys)) <= quorum <= len(keys):
        parser.error("--witness is no key of a witness, or --quorum more than there are")
    witnesses = keys, quorum
    try:
        seen = args.seen.read_text(encoding="utf-8") if args.seen else None
        bundle = None if args.bundle.is_dir() else args.bundle.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        parser.error(str(error))
    if not pinned:
        print("No --vkey: the keys in the bundle are believed. This shows no more than that it fits together.", file=sys.stderr)
    tally = {"receiptsVerified": 0, "statementsVerified": 0, "checkpointOk": False}
    fault = None
    try:
        if bundle is None:
            Log(args.bundle, pinned, seen, witnesses, tally).verify()
        else:
            verify_feed(parse_object(bundle), pinned, seen, witnesses, tally)
    except Fault as found:
        fault = found.report
    print(json.dumps({"ok": fault is None, **tally, "fault": fault}))
    sys.exit(0 if fault is None else 1)


if __name__ == "__main__":
    main()
