/** The cause of an `unknown` whose answer names another order, merchant or amount: the connection is out of step. */
export const OTHER_QUESTION = 'the answer belongs to another question';
