// The ABNF of RFC 9110, RFC 9112 and RFC 3986 as regular expressions over latin1 text, one for each rule
// and named after it. Part of the oracle: written from the RFCs alone, slow and obvious.

/** Source of a regular expression that matches one rule. */
type Rule = string;

const OWS: Rule = "[ \\t]*";
const BWS = OWS;
const tchar: Rule = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]";
const token: Rule = `${tchar}+`;
// qdtext and quoted-pair, RFC 9110 section 5.6.4.
const qdtext: Rule = "[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]";
const quotedPair: Rule = "\\\\[\\t \\x21-\\x7e\\x80-\\xff]";
const quotedString: Rule = `"(?:${qdtext}|${quotedPair})*"`;
const word: Rule = `(?:${token}|${quotedString})`;

// RFC 3986 appendix A.
const pct: Rule = "%[0-9A-Fa-f]{2}";
const unreserved = "A-Za-z0-9\\-._~";
const subDelims = "!$&'()*+,;=";
const pchar: Rule = `(?:[${unreserved}${subDelims}:@]|${pct})`;
const segment: Rule = `${pchar}*`;
// RFC 3986 has no [ ] ^ ` { | } in a query, but the URL standard leaves them as they are and every browser
// sends them: allowed by choice, in a query only.
const query: Rule = `(?:[${unreserved}${subDelims}:@/?[\\]^\`{|}]|${pct})*`;
const userinfo: Rule = `(?:[${unreserved}${subDelims}:]|${pct})*`;
const regName: Rule = `(?:[${unreserved}${subDelims}]|${pct})*`;
const decOctet: Rule = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
const ipv4: Rule = `${decOctet}(?:\\.${decOctet}){3}`;
const h16: Rule = "[0-9A-Fa-f]{1,4}";
const ls32: Rule = `(?:${h16}:${h16}|${ipv4})`;
const ipv6: Rule = `(?:${[
  `(?:${h16}:){6}${ls32}`,
  `::(?:${h16}:){5}${ls32}`,
  `(?:${h16})?::(?:${h16}:){4}${ls32}`,
  `(?:(?:${h16}:){0,1}${h16})?::(?:${h16}:){3}${ls32}`,
  `(?:(?:${h16}:){0,2}${h16})?::(?:${h16}:){2}${ls32}`,
  `(?:(?:${h16}:){0,3}${h16})?::${h16}:${ls32}`,
  `(?:(?:${h16}:){0,4}${h16})?::${ls32}`,
  `(?:(?:${h16}:){0,5}${h16})?::${h16}`,
  `(?:(?:${h16}:){0,6}${h16})?::`,
].join("|")})`;
const ipvFuture: Rule = `[vV][0-9A-Fa-f]+\\.[${unreserved}${subDelims}:]+`;
const host: Rule = `(?:\\[(?:${ipv6}|${ipvFuture})\\]|${regName})`;

const whole = (rule: Rule) => new RegExp(`^${rule}$`);

/** RFC 9110 section 5.6.2. */
export const TOKEN = whole(token);
/** Octets of a field value and of a reason phrase (RFC 9110 section 5.5, RFC 9112 section 4). */
export const FIELD_CHARS = /^[\t\x20-\x7e\x80-\xff]*$/;
/** RFC 9112 section 2.3. */
export const VERSION = /^HTTP\/([0-9])\.([0-9])$/;
/** RFC 9112 section 3.2.1: absolute-path [ "?" query ]. */
export const ORIGIN_FORM = whole(`(?:/${segment})+(?:\\?${query})?`);
/**
 * RFC 9112 section 3.2.2, absolute-URI with an authority: scheme, userinfo, host, port, path, query. The
 * forms without "//" cannot be told from a wrong authority-form and name no server.
 */
export const ABSOLUTE_FORM = whole(
  `([A-Za-z][A-Za-z0-9+.\\-]*)://(?:(${userinfo})@)?(${host})(?::([0-9]*))?((?:/${segment})*(?:\\?${query})?)`,
);
/** RFC 9112 section 3.2.3: uri-host ":" port. */
export const AUTHORITY_FORM = whole(`(${host}):([0-9]+)`);
/** RFC 9110 section 7.2: uri-host [ ":" port ]. */
export const HOST = whole(`(${host})(?::([0-9]*))?`);
/** RFC 9112 section 7: name [ parameters ], with what stands between them. */
export const TRANSFER_CODING = whole(`(${token})((?:${OWS};${OWS}${token}${BWS}=${BWS}${word})*)`);
/** RFC 9112 section 7.1: chunk-size [ chunk-ext ] without the CRLF. */
export const CHUNK_LINE = whole(
  `([0-9A-Fa-f]+)((?:${BWS};${BWS}${token}(?:${BWS}=${BWS}${word})?)*)`,
);
/** Its start, to tell a wrong size from a wrong extension. */
export const CHUNK_SIZE = /^[0-9A-Fa-f]+/;

const LIST_ELEMENT = new RegExp(`(?:${quotedString}|[^,"])*`, "y");

/**
 * Elements of a list, without the empty ones (RFC 9110 section 5.6.1.2); commas inside of quotes do not
 * separate. Null where a quote stays open.
 */
export function listElements(value: string): string[] | null {
  const elements: string[] = [];
  for (let at = 0; at <= value.length; at++) {
    LIST_ELEMENT.lastIndex = at;
    const [text = ""] = LIST_ELEMENT.exec(value) ?? [];
    at += text.length;
    if (at < value.length && value[at] !== ",") return null;
    elements.push(trimOws(text));
  }
  return elements.filter((element) => element !== "");
}

/** Without the OWS at both ends: SP and HTAB, nothing else. */
export function trimOws(text: string): string {
  return text.replace(/^[ \t]+/, "").replace(/[ \t]+$/, "");
}
