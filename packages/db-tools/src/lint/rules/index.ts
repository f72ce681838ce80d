import type { Rule } from '../rule.ts';
import { addingFieldWithDefault } from './adding-field-with-default.ts';
import { changingColumnType } from './changing-column-type.ts';
import { concurrentIfNotExists } from './concurrent-if-not-exists.ts';
import { constraintMissingNotValid } from './constraint-missing-not-valid.ts';
import { disallowedUniqueConstraint } from './disallowed-unique-constraint.ts';
import { dropWithoutContract } from './drop-without-contract.ts';
import { enumRecreated } from './enum-recreated.ts';
import { enumValueInSameTransaction } from './enum-value-in-same-transaction.ts';
import { exceptionWithoutReason } from './exception-without-reason.ts';
import { foreignKeyWithoutIndex } from './foreign-key-without-index.ts';
import { markerInLiteral } from './marker-in-literal.ts';
import { nameTooLong } from './name-too-long.ts';
import { notNullWithoutDefault } from './not-null-without-default.ts';
import { renamingColumn } from './renaming-column.ts';
import { renamingTable } from './renaming-table.ts';
import { requireConcurrentIndexCreation } from './require-concurrent-index-creation.ts';
import { requireConcurrentIndexDeletion } from './require-concurrent-index-deletion.ts';
import { setNotNull } from './set-not-null.ts';
import { transactionControl } from './transaction-control.ts';
import { typeChangeWithoutUsing } from './type-change-without-using.ts';

/** Ours. What squawk finds beyond them is told in its own words. */
export const rules: Rule[] = [
  addingFieldWithDefault,
  changingColumnType,
  concurrentIfNotExists,
  constraintMissingNotValid,
  disallowedUniqueConstraint,
  dropWithoutContract,
  enumRecreated,
  enumValueInSameTransaction,
  exceptionWithoutReason,
  foreignKeyWithoutIndex,
  markerInLiteral,
  nameTooLong,
  notNullWithoutDefault,
  renamingColumn,
  renamingTable,
  requireConcurrentIndexCreation,
  requireConcurrentIndexDeletion,
  setNotNull,
  transactionControl,
  typeChangeWithoutUsing,
];
