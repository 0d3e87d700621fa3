// Numbers as the journey prints them.

/** Microseconds. */
export function us(ns: number): string {
  return (ns / 1000).toLocaleString("en-GB", {
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  });
}

/** Milliseconds. */
export function ms(ns: number): string {
  return (ns / 1e6).toFixed(1);
}

/** With commas. */
export function count(value: number): string {
  return value.toLocaleString("en-GB");
}

export function bytes(value: number): string {
  return `${count(value)} B`;
}

/** "1 read", "2 reads". */
export function times(value: number, what: string): string {
  return `${value} ${what}${value === 1 ? "" : "s"}`;
}
