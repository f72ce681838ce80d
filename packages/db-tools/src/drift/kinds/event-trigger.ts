import type { KindSql } from '../kind-sql.ts';

type EventTrigger = { event: string; function: string; tags?: string[]; enabled: string };

export const eventTrigger: KindSql<EventTrigger> = {
  create({ name, definition: { event, function: called, tags, enabled } }) {
    const when = tags ? ` WHEN TAG IN (${tags.map((tag) => `'${tag}'`).join(', ')})` : '';
    return [
      `CREATE EVENT TRIGGER ${name} ON ${event}${when} EXECUTE FUNCTION ${called}()`,
      ...(enabled === 'ENABLE' ? [] : [`ALTER EVENT TRIGGER ${name} ${enabled}`]),
    ];
  },
  drop: ({ name }) => [`DROP EVENT TRIGGER ${name}`],
};
