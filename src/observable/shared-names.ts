/** Changes with every change of the lists below: it is stored with each resource, and open cases are never re-derived. */
export const SHARED_NAMES_VERSION = '2026-11-24';

export enum Sharing {
  /** Names below the suffix are sold by registrars, although the suffix is itself a registered name: `shop.uk.com`. */
  REGISTRY = 'REGISTRY',
  /** Each customer has one label below the suffix: `shop.weebly.com`. */
  LABEL = 'LABEL',
  /** Each customer has a whole name, because a region or a service stands between: `shop.oss-eu-central-1.aliyuncs.com`. */
  WHOLE_NAME = 'WHOLE_NAME',
  /** Customers have pages and no names: `docs.google.com/forms/...`. Holds for every name below too. */
  PAGES = 'PAGES',
}

// The Public Suffix List carries the platforms that asked to be on it. These did not, or left it (Blogger), or stand on
// it in a way that hides the customer, or are registries and no platforms. Criterion: anybody can put content there,
// and suspending the name would take everybody else's content down.

const REGISTRIES = `
  ae.org br.com cn.com co.com com.de com.se de.com eu.com gb.net gr.com hu.net in.net jp.net jpn.com mex.com ru.com
  sa.com se.net uk.com uk.net us.com za.com`;

const BY_LABEL = `
  000.pe 000webhostapp.com afraid.org app.link at.ply.gg atlassian.net atwebpages.com b-cdn.net beget.tech
  bravesites.com byethost7.com canva.site chickenkiller.com co.vu compute-1.amazonaws.com con-ip.com daftpage.com
  dns04.com dorik.io dynamic-dns.net edgeone.app epizy.com eu5.org freshdesk.com ghost.io glitch.me
  godaddysites.com great-site.net hostingersite.com hpage.com hubspotpagebuilder.com infinityfreeapp.com jimdo.com
  jimdofree.com jimdosite.com kinsta.cloud linkpc.net liveblog365.com livejournal.com loca.lt mailchimpsites.com
  medium.com mooo.com my-free.website myfreesites.net mypinata.cloud mystrikingly.com netsons.org over-blog.com
  page.link portmap.host portmap.io preview-domain.com publicvm.com rf.gd selcdn.ru sharepoint.com simdif.com
  site123.me siter.io softr.app squarespace.com strangled.net strikingly.com substack.com teachable.com tilda.ws
  tumblr.com typeform.com ubpages.com ucoz.net ukit.me webador.com webnode.com webnode.page weebly.com
  weeblysite.com wordpress.com work.gd ydns.eu zendesk.com`;

// Blogger answers a blog under any of its country names; the operator and the blog are the same.
const BLOGSPOT_COUNTRIES = `
  ae al am ba be bg bj ca cf ch cl co.at co.id co.il co.ke co.nz co.uk co.za com com.ar com.au com.br com.by com.co
  com.cy com.ee com.eg com.es com.mt com.ng com.tr com.uy cv cz de dk fi fr gr hk hr hu ie in is it jp kr li lt lu md
  mk mr mx my nl no pe pt qa re ro rs ru se sg si sk sn td tw ug vn`;

const BY_WHOLE_NAME = `
  aliyuncs.com appdomain.cloud backblazeb2.com bc.googleusercontent.com cloudapp.azure.com contaboserver.net
  core.windows.net fc2.com hosting-test.net ic0.app mybluehost.me myqcloud.com mywebsitetransfer.com nxcli.net
  secureserver.net temporary.site usrfiles.com wasabisys.com webspace.re`;

const BY_PAGES = `
  amazonaws.com google.com googleapis.com googleusercontent.com goo.gl forms.gle youtube.com youtu.be
  1drv.ms live.com microsoft.com office.com dropbox.com dropboxusercontent.com box.com
  github.com githubusercontent.com gitlab.com bitbucket.org sourceforge.net codeberg.org
  archive.org ipfs.io mega.nz mediafire.com we.tl wetransfer.com transfer.sh file.io gofile.io catbox.moe
  pastebin.com paste.ee rentry.co rentry.org justpaste.it telegra.ph
  t.me telegram.me discord.com discord.gg discordapp.com facebook.com instagram.com linkedin.com x.com twitter.com
  vk.com reddit.com steamcommunity.com
  notion.so canva.com trello.com evernote.com jotform.com surveymonkey.com airtable.com linktr.ee beacons.ai
  bit.ly bitly.com buff.ly clck.ru cutt.ly cutt.us dub.sh is.gd lnkd.in n9.cl ow.ly qrco.de rb.gy rebrand.ly s.id
  shorturl.at surl.li t.co t.ly tiny.cc tinyurl.com tr.ee urlz.fr v.gd wp.me x.gd`;

const SHARED: ReadonlyMap<string, Sharing> = new Map([
  ...words(REGISTRIES).map((suffix) => [suffix, Sharing.REGISTRY] as const),
  ...words(BY_LABEL).map((suffix) => [suffix, Sharing.LABEL] as const),
  ...words(BLOGSPOT_COUNTRIES).map((country) => [`blogspot.${country}`, Sharing.LABEL] as const),
  ...words(BY_WHOLE_NAME).map((suffix) => [suffix, Sharing.WHOLE_NAME] as const),
  ...words(BY_PAGES).map((suffix) => [suffix, Sharing.PAGES] as const),
]);

/** The longest suffix on our lists that a host name in normal form is or lies below. */
export function sharedSuffix(name: string): { suffix: string; sharing: Sharing } | null {
  for (let from = 0; from !== -1; from = nextLabel(name, from)) {
    const suffix = name.slice(from);
    const sharing = SHARED.get(suffix);
    if (sharing !== undefined) return { suffix, sharing };
  }
  return null;
}

function nextLabel(name: string, from: number): number {
  const dot = name.indexOf('.', from);
  return dot === -1 ? -1 : dot + 1;
}

function words(list: string): string[] {
  return list.trim().split(/\s+/);
}
