export const NOTE_TINTS = ["yellow", "green", "blue", "violet", "red", "grey"] as const;
