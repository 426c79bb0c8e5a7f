using System.CommandLine;
using System.Text.Json.Nodes;
using Rollcall.Agent;

namespace Rollcall.Cli.Commands.Agent;

/// <summary>
/// The options of <c>rollcall agent</c> that say what a configuration file may say, too: they become one more file, which wins over those before it.
/// </summary>
internal sealed class AgentFlags
{
    private readonly List<(Option Option, Action<ParseResult, JsonObject> Add)> _flags = [];

    public AgentFlags()
    {
        Number("--http-port", "ports.http", "Port of the HTTP API. Default 8500; 0: any free one.");
        Number("--dns-port", "ports.dns", "Port of the DNS server. Default 8600, with --http-port 0 any free one; -1: no DNS.");
        Text("--domain", "domain", "NAME", "The zone that the DNS server answers for. Default consul.");
        Text("--alt-domain", "alt_domain", "NAME", "A second name for the zone.");
        Number("--https-port", "ports.https", "Port of the API by HTTPS; needs cert_file and key_file in a configuration file. Default: none.");
        Text("--bind", "bind_addr", "ADDRESS", "The node's address in the catalog. Default 127.0.0.1.");
        Text("--client", "client_addr", "ADDRESS", "The address that the HTTP API and DNS listen on. Default 127.0.0.1.");
        Text("--advertise", "advertise_addr", "ADDRESS", "The node's address in the catalog, where --bind is not it.");
        Text("--advertise-wan", "advertise_addr_wan", "ADDRESS", "The node's address in the catalog under the tag wan. Default: as without the tag.");
        Text("--node", "node_name", "NAME", "The node's name. Default: this machine's.");
        Text("--node-id", "node_id", "UUID", "The node's id. Default: made of datacenter and name.");
        Pairs("--node-meta", "node_meta", "KEY:VALUE", "Metadata of the node, for clients to select by; may be repeated.");
        Text("--datacenter", "datacenter", "NAME", "Default dc1.");
        Text("--log-level", "log_level", "LEVEL", "trace, debug, info, warn or err. Default info.");
        Text("--default-query-time", "default_query_time", "DURATION", "How long a blocking query waits that names no time. Default 5m.");
        Text("--max-query-time", "max_query_time", "DURATION", "How long one waits at most, whatever it names. Default 10m.");
        Text("--pid-file", "pid_file", "FILE", "Write the number of the process here while it runs.");
        Truth("--enable-script-checks", "enable_script_checks", "Let checks run programs on this machine, whoever registers them.");
        Truth("--enable-local-script-checks", "enable_local_script_checks", "The same, but only for checks of configuration files.");
        Number("--server-port", "ports.server", "The port in the name of the leader. Nothing listens there. Default 8300.");
        Number("--serf-lan-port", "ports.serf_lan", "The port in the list of members. Nothing listens there. Default 8301.");
        Number("--serf-wan-port", "ports.serf_wan", "The port in the node's tags. Nothing listens there. Default 8302.");
        Texts("--recursor", "recursors", "A DNS server for names outside the zone; may be repeated. Default: such questions are refused.");
        Texts("--allow-write-http-from", "http_config.allow_write_http_from", "A network such as 10.0.0.0/8 from where clients may write; may be repeated. Default: from everywhere.");
        Texts("--join", "start_join", null);
        Texts("--retry-join", "retry_join", null);
        Number("--bootstrap-expect", "bootstrap_expect", null);

        // Scripts for Consul's agent pass these. Nothing else than one server that leads itself exists, so what says so needs nothing.
        foreach (var (name, field) in (ReadOnlySpan<(string, string)>)[
            ("--server", "server"), ("--bootstrap", "bootstrap"), ("--ui", "ui"), ("--disable-host-node-id", "disable_host_node_id"), ("--rejoin", "rejoin_after_leave"),
            ("--disable-keyring-file", "disable_keyring_file"), ("--log-json", "log_json"), ("--syslog", "enable_syslog"), ("--non-voting-server", "non_voting_server")])
        {
            Truth(name, field, null);
        }

        foreach (var (name, field) in (ReadOnlySpan<(string, string)>)[
            ("--encrypt", "encrypt"), ("--ui-dir", "ui_dir"), ("--ui-content-path", "ui_content_path"), ("--retry-interval", "retry_interval"),
            ("--serf-lan-bind", "serf_lan"), ("--serf-wan-bind", "serf_wan"), ("--log-file", "log_file"),
            ("--retry-interval-wan", "retry_interval_wan"),
            ("--log-rotate-duration", "log_rotate_duration"), ("--segment", "segment")])
        {
            Text(name, field, "VALUE", null);
        }

        foreach (var (name, field) in (ReadOnlySpan<(string, string)>)[
            ("--grpc-port", "ports.grpc"), ("--raft-protocol", "raft_protocol"),
            ("--protocol", "protocol"), ("--retry-max", "retry_max"), ("--retry-max-wan", "retry_max_wan"), ("--check_output_max_size", "check_output_max_size"),
            ("--log-rotate-bytes", "log_rotate_bytes"), ("--log-rotate-max-files", "log_rotate_max_files")])
        {
            Number(name, field, null);
        }

        foreach (var (name, field) in (ReadOnlySpan<(string, string)>)[
            ("--join-wan", "start_join_wan"), ("--retry-join-wan", "retry_join_wan"), ("--primary-gateway", "primary_gateways"),
            ("--serf-lan-allowed-cidrs", "serf_lan_allowed_cidrs"), ("--serf-wan-allowed-cidrs", "serf_wan_allowed_cidrs")])
        {
            Texts(name, field, null);
        }
    }

    public void AddTo(Command command)
    {
        foreach (var (option, _) in _flags)
        {
            command.Options.Add(option);
        }
    }

    /// <exception cref="ConsulAgentException">One of them makes no sense.</exception>
    public void Apply(ParseResult parsed, AgentConfiguration configuration)
    {
        var file = new JsonObject();
        foreach (var (option, add) in _flags.Where(flag => parsed.GetResult(flag.Option) is { Implicit: false }))
        {
            add(parsed, file);
        }

        configuration.AddText("the options", file.ToJsonString(), "json");
    }

    // What has no description is taken for the sake of scripts, and not listed.
    private void Text(string name, string field, string value, string? description)
    {
        var option = GoFlag.Text(name);
        (option.HelpName, option.Description, option.Hidden) = (value, description, description is null);
        _flags.Add((option, (parsed, file) => Set(file, field, parsed.GetValue(option))));
    }

    private void Number(string name, string field, string? description)
    {
        var option = GoFlag.Number(name);
        (option.HelpName, option.Description, option.Hidden) = ("NUMBER", description, description is null);
        _flags.Add((option, (parsed, file) => Set(file, field, parsed.GetValue(option))));
    }

    private void Truth(string name, string field, string? description)
    {
        var option = GoFlag.Truth(name);
        (option.Description, option.Hidden) = (description, description is null);
        _flags.Add((option, (parsed, file) => Set(file, field, parsed.GetValue(option))));
    }

    private void Texts(string name, string field, string? description)
    {
        var option = new Option<string[]>(name) { HelpName = "ADDRESS", Description = description, Hidden = description is null };
        _flags.Add((option, (parsed, file) => Set(file, field, new JsonArray([.. parsed.GetValue(option)!.Select(static text => JsonValue.Create(text))]))));
    }

    private void Pairs(string name, string field, string value, string description)
    {
        var option = new Option<string[]>(name) { HelpName = value, Description = description };
        _flags.Add((option, (parsed, file) =>
        {
            var map = new JsonObject();
            foreach (var pair in parsed.GetValue(option)!.Select(static text => text.Split(':', 2)))
            {
                map[pair[0]] = pair.Length > 1 ? pair[1] : "";
            }

            Set(file, field, map);
        }));
    }

    private static void Set(JsonObject file, string field, JsonNode? value)
    {
        var path = field.Split('.');
        if (path.Length > 1)
        {
            file[path[0]] ??= new JsonObject();
            file = file[path[0]]!.AsObject();
        }

        file[path[^1]] = value;
    }
}
