import { ABUSE_CATEGORIES, type AbuseCategory } from './indicator.ts';

/**
 * What the words of a feed's category column, of tags, kill chains and vocabularies mean here; a category's own name is always one of its words. Case,
 * underscores and spaces make no difference. Names of malware families are in no list: a family says nothing about
 * what one address of it served.
 */
const WORDS: Readonly<Record<AbuseCategory, string>> = {
  PHISHING:
    'phish phishing-sender phishing-site phishing-url pwa-phishing spear-phishing spearphishing spearphishing-link',
  MALWARE_DISTRIBUTION:
    'malware malware-download malware-site hosting-malware payload payload-delivery drive-by dropper',
  BOTNET_C2: 'c2 c&c cc cnc c2-server botnet-cc botnet-c&c command-and-control',
  BOTNET_INFECTION: 'bot bots infected infected-host infection',
  PHARMING: 'dns-hijacking',
  SPAM_VECTOR: 'spam-url spamvertised',
  SPAM_OTHER: 'spam',
  FRAUD_SCAM: 'fraud scam fake-shop',
  BRAND_IMPERSONATION: 'impersonation brand-infringement typosquat typosquatting',
  SUSPICIOUS_REGISTRATION: 'suspicious-domain',
  COMPROMISED_SITE: 'compromised compromised-website defacement defaced',
  CREDENTIAL_EXFILTRATION: 'exfiltration exfiltration-mailbox drop-zone dropzone',
  MALWARE_CONFIGURATION: 'malware-config',
  SCANNING_EXPLOITATION: 'scanner scanning scan brute-force bruteforce exploit exploitation reconnaissance',
  DATA_EXPOSURE: 'leak data-leak',
  OTHER: '',
};

const CATEGORY_OF: ReadonlyMap<string, AbuseCategory> = new Map(
  ABUSE_CATEGORIES.flatMap((category) =>
    [normal(category), ...WORDS[category].split(' ')].map((word) => [word, category] as const),
  ),
);

/** The category that a word of the field means; null for a word that is in no list. */
export function categoryOf(word: string): AbuseCategory | null {
  return CATEGORY_OF.get(normal(word)) ?? null;
}

/** The table for `--help`: a line a category. */
export function categoryTable(): string {
  return ABUSE_CATEGORIES.map((category) => `  ${category.padEnd(24)} ${WORDS[category]}`.trimEnd()).join('\n');
}

function normal(word: string): string {
  // ATT&CK writes its own number behind the name: Phishing - T1566.
  const bare = word.trim().replace(/ - T[0-9.]{4,8}$/, '');
  return bare.toLowerCase().replace(/[_ ]+/g, '-');
}
