export interface Row {
  name: string;
  cells: string[];
}

/** Prints a table of aligned columns under its title. */
export function printTable(title: string, columns: readonly string[], rows: Row[]): void {
  const width = Math.max(...rows.map(({ name }) => name.length)) + 2;
  const widths = columns.map(
    (column, index) => Math.max(column.length, ...rows.map((row) => row.cells[index]!.length)) + 4,
  );
  const line = (cells: readonly string[]) => cells.map((cell, index) => cell.padStart(widths[index]!)).join('');
  console.log(`\n${title}\n\n${''.padEnd(width)}${line(columns)}`);
  for (const { name, cells } of rows) console.log(name.padEnd(width) + line(cells));
}
