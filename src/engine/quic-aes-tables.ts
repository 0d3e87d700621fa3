// The tables of AES as assembly/quic/aes.ts uses it: with the field of 256 elements seen as pairs of elements of the field of
// 16, every step is a look-up in 16 entries, and those fit a vector register. Nothing here is copied: the arithmetic of the
// field (FIPS 197 section 4) gives every table, and test/quic/aes-tables.test.ts compares the result with the S-box as
// FIPS 197 defines it, for all 256 octets.
//
// GF(16) is e(n) = n0 + n1 g + n2 g^2 + n3 g^3 with g^4 = g + 1. An octet is i A + j (A + 1) with A^2 + A = 1/a in GF(16), and
// is held as the nibbles i (high) and k = i + j (low). Then, with 1/0 = infinity and 1/infinity = 0,
//
//   io = 1 / (1/i + a/k) + j        jo = 1 / (1/j + a/k) + i
//
// and 1/(i A + j (A + 1)) = u/io + v/jo, where u and v do not depend on the octet. All of SubBytes behind 1/x is linear, so
// that two look-ups, one in io and one in jo, give it, whatever linear map is to follow.

/** Octets of a table. */
const SIZE = 16;
/** Infinity: no index of a look-up, which then gives 0. */
const INFINITY = 0x80;

/** The order in which the engine has them. */
const enum Table {
  InputLow = 0,
  InputHigh = 1,
  Inverse = 2,
  Quotient = 3,
  RoundFromI = 4,
  RoundFromJ = 5,
  DoubleFromI = 6,
  DoubleFromJ = 7,
  LastFromI = 8,
  LastFromJ = 9,
  Constant = 10,
  Count = 11,
}

/** The product in the field of AES, modulo x^8 + x^4 + x^3 + x + 1. */
function multiply(x: number, y: number): number {
  let product = 0;
  for (let left = x, right = y; right > 0; right >>= 1) {
    if (right & 1) product ^= left;
    left = (left << 1) ^ (left & 0x80 ? 0x11b : 0);
  }
  return product;
}

/** 1/x, which is x^254; 0 of 0. */
function inverse(x: number): number {
  let power = 1;
  for (let i = 0; i < 254; i++) power = multiply(power, x);
  return power;
}

/** SubBytes behind the inverse, without its constant: bit n is the sum of bits n, n+4, n+5, n+6 and n+7. */
function affine(x: number): number {
  const twice = x | (x << 8);
  return (x ^ (twice >> 4) ^ (twice >> 5) ^ (twice >> 6) ^ (twice >> 7)) & 0xff;
}

/** What SubBytes adds last. */
const SUB_CONSTANT = 0x63;

/** The first element from 2 on that fits. There is one. */
function find(isIt: (x: number) => boolean): number {
  let x = 2;
  while (!isIt(x)) x++;
  return x;
}

/** All tables, one behind the other. */
export function aesTables(): Uint8Array {
  const g = find((x) => multiply(multiply(x, x), multiply(x, x)) === (x ^ 1));
  const small = smallField(g);
  const A = find((x) => !small.includes(x) && small.includes(multiply(x, x) ^ x));
  const a = inverse(multiply(A, A) ^ A);
  const next = A ^ 1;

  /** Octet of the pair, and pair of the octet. */
  const octetOf = (pair: number) =>
    multiply(small[pair >> 4] as number, A) ^
    multiply(small[(pair >> 4) ^ (pair & 15)] as number, next);
  const pairOf = new Uint8Array(256);
  for (let pair = 0; pair < 256; pair++) pairOf[octetOf(pair)] = pair;

  const u = multiply(inverse(a), multiply(a ^ 1, next) ^ A);
  const v = multiply(inverse(a), multiply(a ^ 1, A) ^ next);
  const tables = new Uint8Array(Table.Count * SIZE);
  const put = (table: Table, n: number, octet: number) => {
    tables[table * SIZE + n] = octet;
  };
  for (let n = 0; n < SIZE; n++) {
    const element = small[n] as number;
    const inverted = inverse(element);
    put(Table.InputLow, n, pairOf[n] as number);
    put(Table.InputHigh, n, pairOf[n << 4] as number);
    put(Table.Inverse, n, n === 0 ? INFINITY : small.indexOf(inverted));
    put(Table.Quotient, n, n === 0 ? INFINITY : small.indexOf(multiply(a, inverted)));
    const fromI = affine(multiply(u, inverted));
    const fromJ = affine(multiply(v, inverted));
    put(Table.RoundFromI, n, pairOf[fromI] as number);
    put(Table.RoundFromJ, n, pairOf[fromJ] as number);
    put(Table.DoubleFromI, n, pairOf[multiply(2, fromI)] as number);
    put(Table.DoubleFromJ, n, pairOf[multiply(2, fromJ)] as number);
    put(Table.LastFromI, n, fromI);
    put(Table.LastFromJ, n, fromJ);
    put(Table.Constant, n, pairOf[SUB_CONSTANT] as number);
  }
  return tables;
}

/** The elements of GF(16) in the field of AES: e(n) at n. */
function smallField(g: number): number[] {
  const powers = [1, g, multiply(g, g), multiply(g, multiply(g, g))];
  return Array.from({ length: SIZE }, (_, n) =>
    powers.reduce((sum, power, bit) => (n & (1 << bit) ? sum ^ power : sum), 0),
  );
}
