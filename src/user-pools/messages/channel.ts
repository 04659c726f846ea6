/** By which of its attributes a user is reached. */
export type Channel = 'email' | 'phone_number'
