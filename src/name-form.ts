/** What the name of a desk, an office or a user may be: it stands in topics, in addresses, in names of files and in access lists. */
export const nameForm = '[a-z0-9][a-z0-9-]{0,31}'
export const namePattern: RegExp = new RegExp(`^${nameForm}$`)
