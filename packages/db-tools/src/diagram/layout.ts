import type { Column, Domain, ForeignKey, Model, Table } from './model.ts';

const ROW = 19;
export const HEAD = 25;
/** Of the monospaced font at 11 px, which every width is counted in. */
export const CHARACTER = 6.7;
/** Left of the column names, for PK, FK and UQ. */
export const MARKS = 44;
const TITLE = 38;
const PADDING = 16;
const BETWEEN = 16;
const LANE = 11;
const MARGIN = 20;

export interface Point {
  x: number;
  y: number;
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Drawing {
  width: number;
  height: number;
  domains: { domain: Domain; box: Box; tables: { table: Table; box: Box; rows: { column: Column; y: number }[] }[] }[];
  lines: { key: ForeignKey; points: Point[] }[];
}

interface Placed {
  table: Table;
  box: Box;
  at: number;
}

/**
 * One column per domain, the one that others point at most in the middle. Keys inside a domain run in its own margin,
 * those across between the boxes; lines to the same table share one lane, so that there are as many lanes as targets.
 */
export function layOut(model: Model): Drawing {
  const order = orderDomains(model);
  const inside = (domain: Domain) =>
    targets(model.keys.filter((key) => !key.crosses && key.to.startsWith(`${domain.name}.`)));
  const crossing = model.keys.filter(({ crosses }) => crosses);
  const middle = Math.floor((order.length - 1) / 2);
  const lanesAbove = order.length > 3 ? crossing.length * LANE : 0;

  const placed = new Map<string, Placed>();
  const gaps: { from: number; lanes: string[] }[] = [];
  let x = MARGIN;
  const domains = order.map((domain, at) => {
    // The right-hand domains have their own lanes on the right, so that the ones across meet nothing on their way in.
    const lanes = inside(domain).length * LANE;
    const [left, right] = at > middle ? [PADDING, PADDING + lanes] : [PADDING + lanes, PADDING];
    const width = Math.max(...domain.tables.map(widthOf));
    const box: Box = { x, y: MARGIN + lanesAbove, width: left + width + right, height: 0 };
    let y = box.y + TITLE;
    const tables = domain.tables.map((table) => {
      const place: Box = { x: x + left, y, width, height: HEAD + table.columns.length * ROW + 5 };
      placed.set(table.path, { table, box: place, at });
      y += place.height + BETWEEN;
      return {
        table,
        box: place,
        rows: table.columns.map((column) => ({ column, y: rowOf(place, table, column.name) })),
      };
    });
    box.height = y - BETWEEN + PADDING - box.y;
    x += box.width;
    const lanesHere = targets(crossing.filter((key) => usesGap(key, at, order)));
    gaps.push({ from: x, lanes: lanesHere });
    x += at === order.length - 1 ? MARGIN : PADDING * 2 + lanesHere.length * LANE;
    return { domain, box, tables };
  });

  const laneIn = (key: ForeignKey, at: number) => {
    const { from, lanes } = gaps[at]!;
    return from + PADDING + (lanes.indexOf(key.to) + 0.5) * LANE;
  };
  const lines = model.keys.map((key) => {
    const from = placed.get(key.from)!;
    const to = placed.get(key.to)!;
    const start = rowOf(from.box, from.table, key.column);
    const end = rowOf(to.box, to.table, key.target);
    if (!key.crosses) {
      const lane = inside(order[from.at]!).indexOf(key.to);
      const side = from.at > middle ? right(from.box) : from.box.x;
      const out = (from.at > middle ? 1 : -1) * (PADDING / 2 + (lane + 0.5) * LANE);
      return {
        key,
        points: [point(side, start), point(side + out, start), point(side + out, end + 4), point(side, end + 4)],
      };
    }
    const rightwards = to.at > from.at;
    const [a, b] = rightwards ? [right(from.box), to.box.x] : [from.box.x, right(to.box)];
    const [leave, enter] = rightwards ? [from.at, to.at - 1] : [from.at - 1, to.at];
    const last = [point(laneIn(key, enter), end - 4), point(b, end - 4)];
    if (leave === enter) return { key, points: [point(a, start), point(laneIn(key, leave), start), ...last] };
    const above = MARGIN + (crossing.indexOf(key) + 0.5) * LANE;
    const over = [point(laneIn(key, leave), above), point(laneIn(key, enter), above)];
    return { key, points: [point(a, start), point(laneIn(key, leave), start), ...over, ...last] };
  });
  return { width: x, height: Math.max(...domains.map(({ box }) => box.y + box.height)) + MARGIN, domains, lines };
}

/** The most pointed at in the middle, the others left and right of it by turns. */
function orderDomains({ domains, keys }: Model): Domain[] {
  const weight = ({ name }: Domain) => keys.filter(({ crosses, to }) => crosses && to.startsWith(`${name}.`)).length;
  const sorted = [...domains].sort((a, b) => weight(b) - weight(a) || b.tables.length - a.tables.length);
  const left = sorted.filter((_, at) => at % 2 === 1).reverse();
  return [...left, ...sorted.filter((_, at) => at % 2 === 0)];
}

/** Whether a key across domains runs in the gap right of the domain `at`. */
function usesGap({ from, to }: ForeignKey, at: number, order: Domain[]): boolean {
  const [source, target] = [from, to].map((path) => order.findIndex(({ name }) => path.startsWith(`${name}.`))) as [
    number,
    number,
  ];
  return target > source ? at === source || at === target - 1 : at === source - 1 || at === target;
}

function targets(keys: ForeignKey[]): string[] {
  return [...new Set(keys.map(({ to }) => to))].sort();
}

function widthOf({ name, columns }: Table): number {
  const rows = columns.map(({ name, type }) => MARKS + (name.length + type.length + 3) * CHARACTER + 12);
  return Math.ceil(Math.max((name.length + 2) * CHARACTER * 1.2, ...rows));
}

function rowOf(box: Box, table: Table, column: string): number {
  return box.y + HEAD + 3 + (table.columns.findIndex(({ name }) => name === column) + 0.5) * ROW;
}

function right(box: Box): number {
  return box.x + box.width;
}

function point(x: number, y: number): Point {
  return { x, y };
}
