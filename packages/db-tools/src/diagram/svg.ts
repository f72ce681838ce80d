import { type Box, CHARACTER, type Drawing, HEAD, layOut, MARKS, type Point } from './layout.ts';
import type { Column, Model } from './model.ts';

const FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
/** Head, border and ground of a domain. */
const COLOURS = [
  ['#0f766e', '#99d5cf', '#f0faf9'],
  ['#3b5bdb', '#b4c3f5', '#f3f6fe'],
  ['#862e9c', '#dfb6ea', '#fbf4fd'],
  ['#5c7c0f', '#c9d99a', '#f8fbef'],
  ['#9c4221', '#ecc3ad', '#fdf6f2'],
];
const INSIDE = '#8391a5';
const ACROSS = '#e8590c';
const LEGEND = 34;

/** The picture of the schema, drawn without a browser; the same for the same schema, to the byte. */
export function drawSvg(model: Model): string {
  const drawing = layOut(model);
  const [width, height] = [drawing.width, drawing.height + LEGEND].map(Math.ceil) as [number, number];
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${FONT}" font-size="11" role="img" aria-label="Tables of ${model.domains.map(({ name }) => escapeXml(name)).join(', ')}">`,
    `<rect width="${width}" height="${height}" rx="8" fill="#fff"/>`,
    ...drawing.domains.map(drawGround),
    ...drawing.lines.filter(({ key }) => !key.crosses).map((line) => drawLine(line, INSIDE)),
    ...drawing.lines.filter(({ key }) => key.crosses).map((line) => drawLine(line, ACROSS)),
    ...drawing.domains.flatMap(({ tables }, at) =>
      tables.map((table) => drawTable(table, COLOURS[at % COLOURS.length]![0]!)),
    ),
    drawLegend(drawing.height + 4),
    '</svg>',
  ].join('\n')}\n`;
}

function drawGround({ domain, box }: Drawing['domains'][number], at: number): string {
  const [dark, border, ground] = COLOURS[at % COLOURS.length]!;
  return [
    rectangle(box, `rx="10" fill="${ground}" stroke="${border}"`),
    text(box.x + 16, box.y + 25, domain.name, `font-size="15" font-weight="bold" fill="${dark}"`),
  ].join('\n');
}

function drawTable({ table, box, rows }: Drawing['domains'][number]['tables'][number], colour: string): string {
  const { x, y, width } = box;
  return [
    rectangle(box, 'rx="5" fill="#fff" stroke="#cbd5e1"'),
    `<path d="M${n(x)} ${n(y + HEAD)}v${-(HEAD - 5)}q0 -5 5 -5h${n(width - 10)}q5 0 5 5v${HEAD - 5}z" fill="${colour}"/>`,
    text(x + 10, y + 17, table.name, 'font-size="13" font-weight="bold" fill="#fff"'),
    ...rows.map(({ column, y }) => drawRow(column, x, y, width)),
  ].join('\n');
}

function drawRow(column: Column, x: number, y: number, width: number): string {
  const marks = [column.primary ? 'PK' : column.unique ? 'UQ' : '', column.foreign ? 'FK' : '']
    .filter(Boolean)
    .join(' ');
  const type = `${column.type}${column.nullable ? '?' : ''}`;
  const from = n(x + width - 10);
  return [
    marks && text(x + 8, y + 4, marks, 'font-size="9" font-weight="bold" fill="#94a3b8"'),
    text(x + MARKS, y + 4, column.name, `fill="#1e293b"${column.primary ? ' font-weight="bold"' : ''}`),
    `<text x="${from}" y="${n(y + 4)}" text-anchor="end" fill="#64748b">${escapeXml(type)}</text>`,
  ]
    .filter(Boolean)
    .join('\n');
}

/** A dot where a key begins, an arrow where it points, and round corners. */
function drawLine({ key, points }: Drawing['lines'][number], colour: string): string {
  const [first, last, before] = [points[0]!, points.at(-1)!, points.at(-2)!];
  const towards = Math.sign(last.x - before.x);
  return [
    `<g fill="${colour}"><title>${escapeXml(`${key.from}.${key.column} → ${key.to}.${key.target}`)}</title>`,
    `<path d="${roundedPath(points)}" fill="none" stroke="${colour}" stroke-width="1.4"/>`,
    `<circle cx="${n(first.x)}" cy="${n(first.y)}" r="2.6"/>`,
    `<path d="M${n(last.x)} ${n(last.y)}l${-7 * towards} -3.5v7z"/></g>`,
  ].join('');
}

function roundedPath(points: Point[]): string {
  const parts = points.map((at, index) => {
    const [before, after] = [points[index - 1], points[index + 1]];
    if (!before) return `M${n(at.x)} ${n(at.y)}`;
    if (!after) return `L${n(at.x)} ${n(at.y)}`;
    const [a, b] = [towards(at, before), towards(at, after)];
    return `L${n(a.x)} ${n(a.y)}Q${n(at.x)} ${n(at.y)} ${n(b.x)} ${n(b.y)}`;
  });
  return parts.join('');
}

/** At most 5 px from a corner on the way to its neighbour. */
function towards(corner: Point, neighbour: Point): Point {
  const [dx, dy] = [neighbour.x - corner.x, neighbour.y - corner.y];
  const length = Math.hypot(dx, dy) || 1;
  const share = Math.min(5, length / 2) / length;
  return { x: corner.x + dx * share, y: corner.y + dy * share };
}

function drawLegend(y: number): string {
  const parts = [
    { colour: INSIDE, words: 'foreign key' },
    { colour: ACROSS, words: 'across domains' },
    { colour: '', words: 'PK primary key' },
    { colour: '', words: 'UQ unique' },
    { colour: '', words: '? may be null' },
  ];
  let x = 36;
  return parts
    .map(({ colour, words }) => {
      const line = colour ? `<path d="M${n(x)} ${n(y + 6)}h22" stroke="${colour}" stroke-width="2"/>` : '';
      const at = x + (colour ? 30 : 0);
      x = at + words.length * CHARACTER + 26;
      return `${line}${text(at, y + 10, words, 'fill="#64748b"')}`;
    })
    .join('\n');
}

function rectangle({ x, y, width, height }: Box, style: string): string {
  return `<rect x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" ${style}/>`;
}

function text(x: number, y: number, content: string, style: string): string {
  return `<text x="${n(x)}" y="${n(y)}" ${style}>${escapeXml(content)}</text>`;
}

/** One decimal, so that no rounding of another machine shows. */
function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escapeXml(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
