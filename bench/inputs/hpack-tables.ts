// The tables of RFC 7541 that the benchmark's own encoder needs: appendix A, and the code lengths of appendix B. They are not
// taken from what is measured.

/** Appendix A: names and values from index 1 on. */
export const STATIC_FIELDS: readonly (readonly [name: string, value: string])[] = [
  [":authority", ""],
  [":method", "GET"],
  [":method", "POST"],
  [":path", "/"],
  [":path", "/index.html"],
  [":scheme", "http"],
  [":scheme", "https"],
  ...["200", "204", "206", "304", "400", "404", "500"].map((code) => [":status", code] as const),
  ["accept-charset", ""],
  ["accept-encoding", "gzip, deflate"],
  ...(
    "accept-language accept-ranges accept access-control-allow-origin age allow authorization cache-control " +
    "content-disposition content-encoding content-language content-length content-location content-range content-type " +
    "cookie date etag expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since " +
    "last-modified link location max-forwards proxy-authenticate proxy-authorization range referer refresh retry-after " +
    "server set-cookie strict-transport-security transfer-encoding user-agent vary via www-authenticate"
  )
    .split(" ")
    .map((name) => [name, ""] as const),
];

/** Appendix B: bits of the code of each octet, one digit of base 36 each. The code is canonical: lengths determine it. */
const CODE_LENGTHS =
  "dnsssssssoussussssssssusssssssss6aacd68baa8b8666555666666678f6ca" +
  "d67777777777777777777777878djde6f56565666577666567655677777fbeds" +
  "kmkkmmmnmnnnnnonoomnonnnnlmnmnnomlkmmnnlnmmolmnnllmlnmnnkmmmnmmn" +
  "qqkjmnmpqqqrrqopjlqrrqrollqqsrrrkoklmllnmmppooqnqrqqrrrrrsrrrrrq";

/** Bits and code of each octet. */
export const HUFFMAN_CODES: readonly (readonly [bits: number, code: number])[] = canonicalCodes();

function canonicalCodes(): (readonly [number, number])[] {
  const bits = [...CODE_LENGTHS].map((digit) => Number.parseInt(digit, 36));
  const order = bits.map((_, octet) => octet).sort((a, b) => at(bits, a) - at(bits, b) || a - b);
  const codes: (readonly [number, number])[] = [];
  let code = -1;
  let width = at(bits, order[0] as number);
  for (const octet of order) {
    code = (code + 1) * 2 ** (at(bits, octet) - width);
    width = at(bits, octet);
    codes[octet] = [width, code];
  }
  return codes;
}

function at(list: readonly number[], i: number): number {
  return list[i] as number;
}
