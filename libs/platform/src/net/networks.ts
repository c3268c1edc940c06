import { BlockList, isIP } from 'node:net';

/** Some IP addresses and networks, asked whether an address is one of them. */
export class Networks {
  private readonly list = new BlockList();

  /** @param texts addresses, or networks in CIDR form, of IPv4 and IPv6. @throws Error where one is neither. */
  constructor(readonly texts: readonly string[]) {
    for (const text of texts) this.add(text);
  }

  /** Reads a list with commas between. @throws Error where one of it is no address and no network. */
  static of(text: string): Networks {
    return new Networks(text.split(',').map((one) => one.trim()));
  }

  /** Whether the address is one of them; false for what is no address. An IPv4 address in IPv6 form is taken as IPv4. */
  has(address: string): boolean {
    const version = isIP(address);
    return version !== 0 && this.list.check(address, version === 4 ? 'ipv4' : 'ipv6');
  }

  private add(text: string): void {
    const [address = '', length, ...more] = text.split('/');
    const version = isIP(address);
    const longest = version === 4 ? 32 : 128;
    const bits = length === undefined ? longest : /^\d{1,3}$/.test(length) ? Number(length) : NaN;
    if (version === 0 || more.length > 0 || !(bits >= 0 && bits <= longest)) throw new Error(`${text} is no IP address and no network`);
    this.list.addSubnet(address, bits, version === 4 ? 'ipv4' : 'ipv6');
  }
}

/** Whether {@link Networks.of} can read the list. */
export function areNetworks(text: string): boolean {
  try {
    Networks.of(text);
    return true;
  } catch {
    // What is wrong with it is not asked for.
    return false;
  }
}
