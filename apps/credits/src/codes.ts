/** The codes of problems that only this service answers with; those of all are in `@org/service`. */
export const codes = {
  user_not_found: { status: 404, when: 'the user whose ledger is meant is not there' },
  usage_not_found: { status: 404, when: '`refundOf` is no usage of that user' },
  insufficient_credits: { status: 409, when: 'the balance is less than what is taken' },
  balance_limit: { status: 409, when: 'the balance would be larger than a JSON number holds exactly' },
  refund_exceeds: { status: 409, when: 'more than what is left of the usage; `refundable` says how much that is' },
};

declare module '@org/service' {
  interface ServiceCodes {
    credits: keyof typeof codes;
  }
}
