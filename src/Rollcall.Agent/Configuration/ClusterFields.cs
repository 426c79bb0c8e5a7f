using System.Globalization;
using Rollcall.Agent.Go;

namespace Rollcall.Agent.Configuration;

/// <summary>
/// What needs nothing here: the node is a server that leads itself, gossips with nobody and sends nothing anywhere. What is no value of its field is refused all the
/// same, as by Consul, to which the file may go next.
/// </summary>
internal static class ClusterFields
{
    private const int LargestMultiplier = 10;

    /// <returns>The key of gossip, where there is one: who sets it should hear that nothing is encrypted with it.</returns>
    public static string? PassOver(ConfigObject file)
    {
        ConfigObject.PassOver(
            file.Bool, "disable_anonymous_signature", "disable_coordinates", "disable_host_node_id", "disable_keyring_file", "disable_remote_exec",
            "disable_update_check", "enable_acl_replication", "enable_central_service_config", "enable_debug", "encrypt_verify_incoming", "encrypt_verify_outgoing",
            "non_voting_server", "read_replica", "rejoin_after_leave", "verify_server_hostname");
        ConfigObject.PassOver(
            file.Text, "ae_interval", "check_deregister_interval_min", "check_reap_interval", "revision",
            "sync_coordinate_interval_min", "syslog_facility", "version", "version_prerelease");
        ConfigObject.PassOver(
            file.Duration, "advertise_reconnect_timeout", "discovery_max_stale", "log_rotate_duration", "primary_gateways_interval", "raft_snapshot_interval", "reconnect_timeout",
            "reconnect_timeout_wan", "retry_interval", "retry_interval_wan");
        ConfigObject.PassOver(
            file.Int, "log_rotate_bytes", "log_rotate_max_files", "protocol", "raft_protocol", "raft_snapshot_threshold", "raft_trailing_logs", "retry_max", "retry_max_wan",
            "segment_limit", "segment_name_limit");
        ConfigObject.PassOver(file.Double, "sync_coordinate_rate_target");
        ConfigObject.PassOver(file.Map, "rpc", "snapshot_agent", "ui_config");
        var key = ReadKey(file);
        CheckContentPath(file);
        PassOverGroups(file);
        return key;
    }

    private static string? ReadKey(ConfigObject file)
    {
        var key = file.Text("encrypt");
        if (key is not null && GoBase64.Fault(key) is { } fault)
        {
            file.Faults.Value($"encrypt has invalid key: {fault}");
        }

        return key;
    }

    // The path of pages that are not served here.
    private static void CheckContentPath(ConfigObject file)
    {
        var path = $"/{file.Text("ui_content_path")?.Trim('/')}/";
        if (path == "//")
        {
            return;
        }

        if (path.Any(static c => !char.IsAsciiLetterOrDigit(c) && c is not ('/' or '_' or '-')))
        {
            file.Faults.Value($"ui-content-path can only contain alphanumeric, -, _, or /. received: {path}");
        }
        else if (path is ['/', 'v', .. { Length: > 0 } version, '/'] && version.All(char.IsAsciiDigit))
        {
            file.Faults.Value($"ui-content-path cannot have 'v[0-9]'. received: {path}");
        }
    }

    private static void PassOverGroups(ConfigObject file)
    {
        var performance = file.Object("performance");
        ConfigObject.PassOver(performance.Duration, "leave_drain_time", "rpc_hold_timeout");
        if (performance.Int("raft_multiplier") is { } multiplier and (< 1 or > LargestMultiplier))
        {
            file.Faults.Value($"performance.raft_multiplier cannot be {multiplier}. Must be between 1 and {LargestMultiplier}");
        }

        var autopilot = file.Object("autopilot");
        ConfigObject.PassOver(autopilot.Bool, "cleanup_dead_servers", "disable_upgrade_migration");
        ConfigObject.PassOver(autopilot.Duration, "last_contact_threshold", "server_stabilization_time");
        _ = autopilot.Unsigned("min_quorum", "uint");
        if (autopilot.Int("max_trailing_logs") is < 0 and var logs)
        {
            file.Faults.Value($"autopilot.max_trailing_logs cannot be {logs}. Must be greater than or equal to zero");
        }

        ConfigObject.PassOver(autopilot.Text, "redundancy_zone_tag", "upgrade_version_tag");
        foreach (var name in (ReadOnlySpan<string>)["gossip_lan", "gossip_wan"])
        {
            var gossip = file.Object(name);
            ConfigObject.PassOver(gossip.Duration, "gossip_interval", "probe_interval", "probe_timeout");
            ConfigObject.PassOver(gossip.Int, "gossip_nodes", "retransmit_mult", "suspicion_mult");
        }

        var audit = file.Object("audit");
        ConfigObject.PassOver(audit.Bool, "enabled");
        ConfigObject.PassOver(audit.Map, "sink");
        var cache = file.Object("cache");
        if (cache.Int("entry_fetch_max_burst") is <= 0 and var burst)
        {
            file.Faults.Value($"cache.entry_fetch_max_burst must be strictly positive, was: {burst}");
        }

        if (cache.Double("entry_fetch_rate") is <= 0 and var rate)
        {
            file.Faults.Value(string.Create(CultureInfo.InvariantCulture, $"cache.entry_fetch_rate must be strictly positive, was: {rate}"));
        }

        // Consul's own tests set these.
        var consul = file.Object("consul");
        var (coordinate, raft, server) = (consul.Object("coordinate"), consul.Object("raft"), consul.Object("server"));
        ConfigObject.PassOver(coordinate.Int, "update_batch_size", "update_max_batches");
        ConfigObject.PassOver(coordinate.Text, "update_period");
        ConfigObject.PassOver(raft.Text, "election_timeout", "heartbeat_timeout", "leader_lease_timeout");
        ConfigObject.PassOver(server.Text, "health_interval");
    }
}
