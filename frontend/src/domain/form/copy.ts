const characters = (count: number) => `${count} ${count === 1 ? "character" : "characters"}`;
const entries = (count: number) => `${count} ${count === 1 ? "entry" : "entries"}`;

/** What is said of a value that cannot be. */
export const copy = {
  needed: "This is needed.",
  notEmpty: "Must not be empty.",
  option: "This is none of the choices.",
  number: "Must be a number.",
  whole: "Must be a whole number.",
  least: (least: number) => `Must be ${least} or more.`,
  most: (most: number) => `Must be ${most} or less.`,
  above: (limit: number) => `Must be more than ${limit}.`,
  below: (limit: number) => `Must be less than ${limit}.`,
  multiple: (of: number) => `Must be a multiple of ${of}.`,
  text: "Must be a text.",
  shortest: (count: number) => `Must have ${characters(count)} or more.`,
  longest: (count: number) => `Must have ${characters(count)} or fewer.`,
  email: "Must be an e-mail address.",
  url: "Must be a URL.",
  moment: "Must be a date and time.",
  list: "Must be a list.",
  fewest: (count: number) => `Needs ${entries(count)} or more.`,
  atMost: (count: number) => `Takes ${entries(count)} at most.`,
  twice: "An entry stands there twice.",
  onOrOff: "Must be on or off.",
  object: "Must be an object.",
} as const;
