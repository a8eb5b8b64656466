/** Opens a data remote by the scheme of its url; this version knows folders. */

import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KitError } from '../../base/errors.ts';
import type { OpenObjectStore } from '../../ports/object-store.ts';
import { openFolder } from './folder.ts';

export function createObjectStoreOpener(options: { readonly root: string }): OpenObjectStore {
  return async (url) => {
    const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(url)?.[1]?.toLowerCase();
    if (scheme === undefined) return await openFolder(isAbsolute(url) ? url : resolve(options.root, url));
    if (scheme === 'file') return await openFolder(folderOf(url));
    throw new KitError(
      'remote-unsupported',
      `Cannot open remote "${withoutSecrets(url)}": remotes of the kind ${scheme}:// are not supported`,
      { hint: 'Supported are folders: a path, or a file:// url. Set the url in .dvc/config.' },
    );
  };
}

function folderOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw new KitError('remote-unsupported', `Cannot open remote "${url}": a file:// url must name a local folder`, {
      hint: 'Write it as file:///absolute/path, or as a path.',
      cause,
    });
  }
}

/** User names, passwords and query strings do not belong into messages. */
function withoutSecrets(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]+:\/\/)[^/@]*@/i, '$1').replace(/\?.*$/s, '');
}
