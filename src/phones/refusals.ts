/**
 * Why what was posted was not believed, or is to be doubted, in words for the technician who reads it in `security.refused`. Never the address, the MAC
 * or the token: whoever may read events need not know them.
 */
export const refusalReasons = {
  wrongToken: 'wrong token: if it is the desk’s phone, write its action URLs into it again; else somebody tries tokens',
  otherPhone: 'another phone’s MAC with this desk’s token: if the phone was exchanged, set phone.mac; else two phones have one token',
  twoAddresses: 'one MAC posts from two allowed addresses in turn: two phones say they are one, or listen.allow has one too many',
  movedPhone: 'this desk’s phone by token and MAC, from an address not in listen.allow: if it has moved, set phone.url and listen.allow',
  stranger: 'an address that is not in listen.allow',
  flood: 'more requests than a phone sends; those beyond the limit were turned away',
} as const

export type RefusalReason = keyof typeof refusalReasons
