using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Rollcall.Agent.Acl;

/// <summary>The tokens that the agent itself was given. Safe for use by many threads. Secrets: never to be logged.</summary>
internal sealed partial class AgentTokens
{
    private readonly Lock _lock = new();

    // Both under _lock: what clients gave it, by its newer name, and where that is kept.
    private readonly Dictionary<string, string> _given = new(StringComparer.Ordinal);
    private TokenFile? _file;
    private volatile string _default = "";
    private volatile string _agentMaster = "";

    /// <summary>What requests count as that bring none.</summary>
    public string Default => _default;

    /// <summary>What administers this agent alone, whatever the state holds.</summary>
    public string AgentMaster => _agentMaster;

    /// <summary>As the configuration says. The older names are taken, too.</summary>
    public void Set(string name, string secret) => Apply(Newer(name)!, secret);

    /// <summary>As a client says, who wins over the configuration. Kept where <see cref="KeepIn"/> says.</summary>
    /// <returns>False: there is none of this name.</returns>
    /// <exception cref="IOException">It counts, but could not be kept.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public bool Give(string name, string secret)
    {
        if (Newer(name) is not { } newer)
        {
            return false;
        }

        lock (_lock)
        {
            Apply(newer, secret);
            _given[newer] = secret;
            _file?.Write(_given);
        }

        return true;
    }

    /// <summary>Keeps in a file from now on what clients give, and takes over what the file holds. A file that can't be read is logged and left alone until the next token is given.</summary>
    public void KeepIn(TokenFile file, ILogger logger)
    {
        lock (_lock)
        {
            _file = file;
            try
            {
                foreach (var (name, secret) in file.Read())
                {
                    if (name switch { "default" => _default, "agent_master" => _agentMaster, _ => "" } is { Length: > 0 } configured && configured != secret)
                    {
                        Log.Persisted(logger, name);
                    }

                    Apply(name, secret);
                    _given[name] = secret;
                }
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException)
            {
                Log.Unreadable(logger, failure.Message);
            }

            try
            {
                file.DeleteLeftOvers();
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                Log.LeftOver(logger, failure.Message);
            }
        }
    }

    private static string? Newer(string name) => name switch
    {
        "default" or "acl_token" => "default",
        "agent_master" or "acl_agent_master_token" => "agent_master",
        "agent" or "acl_agent_token" => "agent",
        "replication" or "acl_replication_token" => "replication",
        _ => null,
    };

    // What the agent does on its own account needs no token here, and there is nothing to replicate.
    private void Apply(string name, string secret)
    {
        switch (name)
        {
            case "default":
                _default = secret;
                break;
            case "agent_master":
                _agentMaster = secret;
                break;
        }
    }
}
