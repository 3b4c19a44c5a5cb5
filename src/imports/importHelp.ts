// apart from the importers: help loads none of them

export const IMPORT_SUMMARY = 'Make a deployment file of what omni_cli or the Ansible template have.';

export const IMPORT_DESCRIPTION = `Reads omni_cli's omni_infer_deployment.yml (or .json), its server_profiles.yml, or an Ansible inventory in YAML with the
hosts p0 d0 c0..., and writes one commented deployment file that starts the same servers. What has no place in it is listed
on stderr and in its first comment. Passwords are not copied. No host is touched.`;

export const IMPORT_EXAMPLES = [
  '<%= config.bin %> import omni_infer_deployment.yml --out cluster.yml',
  '<%= config.bin %> import omni_infer_inventory_used_for_2P1D.yml --env omni_infer_server_template.yml --out cluster.yml',
  '<%= config.bin %> import server_profiles.yml',
];
