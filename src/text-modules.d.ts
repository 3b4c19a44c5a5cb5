declare module '*.eta' {
  const text: string;
  export default text;
}
declare module '*.sh' {
  const text: string;
  export default text;
}
declare module '*.py' {
  const text: string;
  export default text;
}
// its published types leave this file out
declare module 'ssh2/lib/protocol/constants.js' {
  const constants: Readonly<
    Record<'SUPPORTED_KEX' | 'SUPPORTED_SERVER_HOST_KEY' | 'SUPPORTED_CIPHER' | 'SUPPORTED_MAC', readonly string[]>
  >;
  export default constants;
}
