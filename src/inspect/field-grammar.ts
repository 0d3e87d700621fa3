// Grammar of fields that HTTP/1.1 and HTTP/2 share (RFC 9110 sections 5.1, 5.5, 7.2, 9.1; RFC 3986 sections 2, 3.2), as
// an inspector that reports everything needs it: a question at a time.

/** A token (RFC 9110 section 5.6.2). */
export function isToken(text: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text);
}

/** What is wrong with the octets of a field value: nothing, NUL, or another control character. */
export function valueFault(value: string): "nul" | "control" | null {
  if (value.includes("\0")) return "nul";
  return /[\x01-\x08\x0a-\x1f\x7f]/.test(value) ? "control" : null;
}

/** uri-host [ ":" port ], without userinfo; empty is good. No comma, as our own connections want it: it may join two. */
export function isHostValue(text: string): boolean {
  if (text === "") return true;
  const found = /^(\[[^\]]*\]|(?:[\w.~!$&'()*+;=-]|%[0-9A-Fa-f]{2})+)(?::(\d*))?$/.exec(text);
  if (found === null || Number(found[2] ?? 0) > 65_535) return false;
  const host = found[1] as string;
  return !host.startsWith("[") || isIpLiteral(host.slice(1, -1));
}

function isIpLiteral(text: string): boolean {
  if (/^v[0-9a-f]+\.[\w.~!$&'()*+,;=:-]+$/i.test(text)) return true;
  const v4 = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  if (v4 !== null && !v4.slice(2).every(isOctet)) return false;
  const groups = v4 === null ? text : `${v4[1]}0:0`;
  const halves = groups.split("::");
  if (halves.length > 2) return false;
  const lists = halves.map((half) => (half === "" ? [] : half.split(":")));
  if (!lists.flat().every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return false;
  const count = lists.flat().length;
  return halves.length === 2 ? count < 8 : count === 8;
}

function isOctet(text: string): boolean {
  return /^(?:0|[1-9]\d{0,2})$/.test(text) && Number(text) <= 255;
}

/** Octets of a path and query: RFC 3986, and in a query what browsers leave unescaped. */
export function isPath(path: string): boolean {
  const query = path.indexOf("?");
  const before = query < 0 ? path : path.slice(0, query);
  const after = query < 0 ? "" : path.slice(query + 1);
  return (
    /^(?:[\w.~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*$/.test(before) &&
    /^(?:[\w.~!$&'()*+,;=:@/?[\]^`{|}-]|%[0-9A-Fa-f]{2})*$/.test(after)
  );
}

/** A scheme (RFC 3986 section 3.1). */
export function isScheme(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*$/.test(text);
}
