/** The codes of problems that only this service answers with; those of all are in `@org/service`. */
export const codes = {
  invalid_credentials: { status: 401, when: 'email address or password is wrong' },
  wrong_password: { status: 403, when: '`currentPassword` is missing or wrong' },
  email_taken: { status: 409, when: 'another user has the email address' },
};

declare module '@org/service' {
  interface ServiceCodes {
    identity: keyof typeof codes;
  }
}
