/** Names where the kit's actions and schemas are published; forks change it here. */

export const kitRepository = 'mlops-kit/mlops-kit';
/** Ref that workflows use. */
export const kitVersion = 'v0';
export const schemaUrl = `https://raw.githubusercontent.com/${kitRepository}/main/schemas/mlops.schema.json`;
