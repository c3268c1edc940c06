import { createPrivateKey, X509Certificate } from 'node:crypto';
import { textOrFile } from './text-or-file.js';

type PemBlock = 'PRIVATE KEY' | 'CERTIFICATE';

const CERTIFICATE_PATTERN = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** A PEM text that was found, or the complaint about the variable that should have held it. */
export type PemOutcome = { readonly pem: string } | { readonly variable: string; readonly complaint: string };

/**
 * Finds the PEM of variable `name`: inline, or in the file that `<name>_FILE` names. `undefined` when neither is set; a
 * complaint when both are, when the file cannot be read, or when the text is no such PEM.
 */
export function readPem(name: string, block: PemBlock, environment: NodeJS.ProcessEnv): PemOutcome | undefined {
  const found = textOrFile(name, environment);
  return found && 'text' in found ? checked(found.variable, block, found.text) : found;
}

function checked(variable: string, block: PemBlock, text: string): PemOutcome {
  // Many ways of passing an environment (.env files, CI) cannot hold a line break and write it as backslash n.
  const pem = text.includes('\n') ? text : text.replaceAll('\\n', '\n');
  return isPem(block, pem) ? { pem } : { variable, complaint: 'is not valid' };
}

function isPem(block: PemBlock, pem: string): boolean {
  try {
    if (block === 'PRIVATE KEY') {
      createPrivateKey(pem);
      return true;
    }
    const certificates = pem.match(CERTIFICATE_PATTERN) ?? [];
    for (const certificate of certificates) new X509Certificate(certificate);
    return certificates.length > 0;
  } catch {
    // OpenSSL's reason helps nobody here and may quote the text: the caller names the variable and what was expected.
    return false;
  }
}
