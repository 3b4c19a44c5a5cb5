/** Why an address can't be a host's, or null when it can. */
export function addressProblem(address: string): { readonly message: string; readonly hint: string } | null {
  const message = `\`${address}\` is not an IPv4 address.`;
  if (address === '') return { message: 'An address is empty.', hint: 'Remove the comma that is too many.' };
  if (!/^[\d.]+$/.test(address)) {
    return { message, hint: `Hosts are addresses, not names: \`getent ahostsv4 NAME\` shows the address of a host.` };
  }
  const parts = address.split('.');
  if (parts.length !== 4 || parts.some((part) => part === ''))
    return { message, hint: 'It has four numbers: 10.0.0.1.' };
  if (parts.some((part) => Number(part) > 255)) return { message, hint: 'Each of its four numbers is 0 to 255.' };
  if (parts.some((part) => part.length > 1 && part.startsWith('0')))
    return { message, hint: 'Its numbers have no leading zeros.' };
  const first = Number(parts[0]);
  if (first === 0 || first >= 224) {
    return {
      message: `\`${address}\` can't be the address of a host.`,
      hint: 'Write the address by which the hosts reach each other.',
    };
  }
  return null;
}
