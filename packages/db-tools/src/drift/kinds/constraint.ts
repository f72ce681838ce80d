import { isEqual, type KindSql } from '../kind-sql.ts';

export type Constraint = {
  definition: string;
  options?: string[];
  clustered?: true;
  invalid?: true;
  tablespace?: string;
  onDomain?: true;
};

export const constraint: KindSql<Constraint> = {
  create({ name, on, definition: { definition, options, clustered, invalid, tablespace, onDomain } }) {
    const index = `${options ? ` WITH (${options.join(', ')})` : ''}${tablespace ? ` USING INDEX TABLESPACE ${tablespace}` : ''}`;
    // The options of its index stand before what can be deferred.
    const [, before = definition, after = ''] = /^(.*?)((?: DEFERRABLE| INITIALLY DEFERRED)*)$/s.exec(definition) ?? [];
    return [
      `ALTER ${onDomain ? 'DOMAIN' : 'TABLE'} ${on} ADD CONSTRAINT ${name} ${before}${index}${after}`,
      ...(clustered ? [`ALTER TABLE ${on} CLUSTER ON ${name}`] : []),
      ...(invalid ? [`-- the index of ${on}.${name} should be invalid: some partition lacks it`] : []),
    ];
  },
  drop: ({ name, on, definition: { onDomain } }) => [
    `ALTER ${onDomain ? 'DOMAIN' : 'TABLE'} ${on} DROP CONSTRAINT ${name}`,
  ],
  alter({ name, on, definition: before }, { definition: after }) {
    const kind = after.onDomain ? 'DOMAIN' : 'TABLE';
    if (isEqual(before, { ...after, definition: `${after.definition} NOT VALID` })) {
      return { statements: [`ALTER ${kind} ${on} VALIDATE CONSTRAINT ${name}`] };
    }
    if (isEqual({ ...before, clustered: true }, { ...after, clustered: true })) {
      return { statements: [`ALTER TABLE ${on} ${after.clustered ? `CLUSTER ON ${name}` : 'SET WITHOUT CLUSTER'}`] };
    }
    return undefined;
  },
};
