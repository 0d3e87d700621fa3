// Tables as text for a terminal and as Markdown for the README.

/** A table: the first row is the heading, the first column the name of a line. */
export type Table = readonly (readonly string[])[];

/** Columns padded with spaces, numbers to the right. */
export function textTable(table: Table): string {
  const widths = columnWidths(table);
  return table
    .map((cells) =>
      cells
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** The same table for a Markdown page. */
export function markdownTable(table: Table): string {
  const [heading = [], ...body] = table;
  const rule = heading.map((_, i) => (i === 0 ? "---" : "--:"));
  return [heading, rule, ...body].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** A time in ns for a table: three figures are all that a measurement carries. */
export function ns(value: number): string {
  const figures = Number(value.toPrecision(3));
  return figures >= 1000 ? figures.toLocaleString("en-US") : String(figures);
}

/** A ratio for a table. */
export function times(value: number): string {
  return value.toFixed(2);
}

function columnWidths(table: Table): number[] {
  const widths: number[] = [];
  for (const cells of table) {
    cells.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  }
  return widths;
}
