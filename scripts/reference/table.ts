/**
 * A Markdown table with even columns, as `pnpm format` leaves it; the first row is the head. Columns without a word are
 * left out.
 */
export function table(rows: string[][]): string {
  const used = rows[0]!.map((_, column) => column).filter((column) => rows.slice(1).some((row) => row[column] !== ''));
  const cells = rows.map((row) => used.map((column) => escaped(row[column]!)));
  const widths = used.map((_, column) => Math.max(3, ...cells.map((row) => row[column]!.length)));
  const line = (row: string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return `${[line(cells[0]!), rule, ...cells.slice(1).map(line)].join('\n')}\n`;
}

function escaped(cell: string): string {
  return cell.replaceAll('|', '\\|').replaceAll('<', '\\<');
}
