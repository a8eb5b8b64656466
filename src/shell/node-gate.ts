/** Decides whether this Node is new enough; written so that old Node versions can parse and run it. */

/** Smallest version that has what the kit uses: `node:sqlite` and type stripping without a flag, `enableCompileCache`. */
export const oldestNode = '22.13.0';

/** One line to print instead of starting, or undefined when the version suffices. */
export function refuseNode(version: string): string | undefined {
  const have = version.split('.').map(Number);
  const need = oldestNode.split('.').map(Number);
  for (let index = 0; index < need.length; index++) {
    const difference = (have[index] || 0) - (need[index] || 0);
    if (difference > 0) return undefined;
    if (difference < 0) return `mlops-kit needs Node ${oldestNode} or newer, and this is Node ${version}.`;
  }
  return undefined;
}
