/** The codes of problems that only this service answers with; those of all are in `@org/service`. */
export const codes = {
  folder_not_found: { status: 404, when: 'the folder that the request names is not there, or belongs to someone else' },
  name_taken: { status: 409, when: 'another folder beside it has the name' },
  folder_cycle: { status: 409, when: 'a folder would be inside itself' },
  folder_too_deep: { status: 409, when: 'folders would go deeper than 64 levels' },
  folder_deleted: { status: 409, when: 'the folder that it was in is deleted; restore that one first' },
};

declare module '@org/service' {
  interface ServiceCodes {
    files: keyof typeof codes;
  }
}
