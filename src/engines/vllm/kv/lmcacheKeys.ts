// Facts of LMCache (Apache-2.0), lmcache/v1/config.py, read in November 2026: as of 0.3.9, the oldest that vLLM v0.23.0 and v0.27.1 take
// (requirements/kv_connectors.txt), and as of its newest stored version. A key that is in neither is logged as unknown and dropped.

/** Those of every server, in 0.3.9 or later. */
export const LMCACHE_KEYS: readonly string[] = `
chunk_size local_cpu max_local_cpu_size reserve_local_cpu_size local_disk max_local_disk_size remote_url remote_serde
use_layerwise save_decode_cache pre_caching_hash_algorithm enable_blending blend_recompute_ratios blend_thresholds
blend_check_layers blend_min_tokens blend_special_str enable_p2p p2p_host p2p_init_ports p2p_lookup_ports enable_controller
lmcache_instance_id controller_pull_url controller_reply_url lmcache_worker_ports lmcache_worker_heartbeat_delay_time
lmcache_worker_heartbeat_time transfer_channel nixl_backends nixl_buffer_size nixl_buffer_device gds_path
audit_actual_remote_url internal_api_server_host extra_config save_unfull_chunk blocking_timeout_secs external_lookup_client
py_enable_gc cache_policy numa_mode enable_async_loading internal_api_server_enabled internal_api_server_port_start
priority_limit internal_api_server_include_index_list internal_api_server_socket_path_prefix lookup_timeout_ms hit_miss_ratio
weka_path cufile_buffer_size plugin_locations external_backends local_cpu_use_hugepages local_disk_path_sharding
retrieve_locations store_location mp_host mp_port gds_path_sharding gds_buffer_size maru_path maru_pool_size use_gds gds_backend
cost_aware_half_life_seconds cost_aware_ewma_alpha runtime_plugin_locations storage_plugins remote_storage_plugins
min_retrieve_tokens lookup_server_worker_ids enable_scheduler_bypass_lookup script_allowed_imports enable_lazy_memory_allocator
lazy_memory_initial_ratio lazy_memory_expand_trigger_ratio lazy_memory_step_ratio lazy_memory_safe_size enable_chunk_statistics
chunk_statistics_auto_start_statistics chunk_statistics_auto_exit_timeout_hours chunk_statistics_auto_exit_target_unique_chunks
chunk_statistics_strategy enable_kv_events use_gpu_connector_v3 pin_timeout_sec pin_check_interval_sec remote_config_url app_id
enable_hidden_state_cache max_hidden_state_cpu_size hidden_state_layers hidden_states_retrieve_mode
`
  .trim()
  .split(/\s+/);

/** Of LMCache's own transfer between prefill and decode, which a mixed server has no use of. */
export const LMCACHE_TRANSFER_KEY = /^(enable_pd|pd_\w+)$/;

/** Names before 0.3.9, of the same transfer: they switch nothing on since. */
export const LMCACHE_RETIRED_KEY =
  /^(enable_nixl|enable_xpyd|nixl_(role|enable_gc|receiver_host|receiver_port|peer_\w+|proxy_\w+))$/;

/** Names that were changed, with those of 0.3.9. */
export const LMCACHE_RENAMED_KEYS: ReadonlyMap<string, string> = new Map([
  ['controller_url', 'controller_pull_url'],
  ['lmcache_worker_port', 'lmcache_worker_ports'],
  ['blend_recompute_ratio', 'blend_recompute_ratios'],
]);
