/** OmniInfer's own codes of a fault of the deployment file, and what to do about it; after a change `npm run gen`. */
export const OMNI_FAULT_CODES = {
  several_decode_groups:
    'OmniInfer knows one decode instance. More are started as its prefill instances suggest, but nobody vouches for them.',
  unknown_build_host:
    '`build_host` must be a host of the deployment that runs a server: wheels are built in its container.',
  wheel_twice: 'Two wheels of one package: pip refuses to install both.',
  engine_variable:
    'pd_run.sh sets this variable itself, so a value in `env` has no effect. `launcher: api_servers` passes on all of `env`.',
  engine_version: 'The version of OmniInfer in the image has no script or argument for what the file describes.',
  placement_setting: 'OmniPlacement would refuse, misread or not use this setting.',
  placement_conflict: '`mode` and `dump` stand for other keys of `placement`; a key beside them says otherwise.',
  dump_misread:
    'Dumps count physical places: they are counts of experts only while the placement is the plain contiguous one.',
  pattern_unreadable: 'The pattern is not a .npy file of 0 and 1.',
  pattern_shape: 'A pattern has the shape (dies of the instance, MoE layers, experts).',
  pattern_content:
    'Every expert must be on at least one die in every layer, and all dies must hold the same number in all layers.',
} as const;
