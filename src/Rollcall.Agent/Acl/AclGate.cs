using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Rollcall.Agent.Logs;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Acl;
using Rollcall.Agent.Store.Commands;

namespace Rollcall.Agent.Acl;

/// <summary>Says what the holder of a secret may do. Safe for use by many threads.</summary>
internal sealed partial class AclGate
{
    /// <summary>A gate that is open.</summary>
    public static readonly AclGate Open = new(new StateStore(), new AclOptions(), "", "", TimeProvider.System, NullLogger.Instance);

    private readonly StateStore _store;
    private readonly AclOptions _options;
    private readonly string _datacenter;
    private readonly TimeProvider _time;
    private readonly Authorizer _agentMaster;
    private readonly ILogger _logger;

    // A change of tokens, policies or roles makes a new state, and with it everything is judged anew.
    private readonly ConditionalWeakTable<AclState, ConcurrentDictionary<string, Authorizer>> _known = [];

    // Of policies and of tokens that have their rules in themselves; null where they can't be read.
    private readonly ConditionalWeakTable<AclRecord, IReadOnlyList<AclRule>?> _rules = [];

    // Binding rules that the log was told about, with the selector they had.
    private readonly ConcurrentDictionary<(string Id, string Selector), bool> _unreadable = new();

    public AclGate(StateStore store, AclOptions options, string nodeName, string datacenter, TimeProvider time, ILogger logger)
    {
        (_store, _options, NodeName, _datacenter, _time, _logger) = (store, options, nodeName, datacenter, time, logger);
        Tokens.Set("default", options.DefaultToken ?? "");
        Tokens.Set("agent_master", options.AgentMasterToken ?? "");
        _agentMaster = new Authorizer(
            [new AclRule(AclResource.Agent, nodeName, false, AclAccess.Write), new AclRule(AclResource.Node, "", true, AclAccess.Read)],
            options.AllowByDefault);
    }

    public bool IsEnabled => _options.Enabled;

    /// <summary>Whether what no rule is about is allowed.</summary>
    public bool AllowsByDefault => !_options.Enabled || _options.AllowByDefault;

    public bool ListsKeysByPolicy => _options.Enabled && _options.EnableKeyListPolicy;

    public string NodeName { get; }

    public AgentTokens Tokens { get; } = new();

    /// <summary>What the holder of a secret may do now.</summary>
    /// <param name="secret">Empty: he sent none.</param>
    /// <param name="atAgent">Whether this is about the agent alone, where its own master token counts.</param>
    /// <exception cref="AclDeniedException">There is no such token.</exception>
    public Authorizer Resolve(string secret, bool atAgent)
    {
        if (!IsEnabled)
        {
            return Authorizer.All;
        }

        secret = secret.Length > 0 ? secret : Tokens.Default;
        if (atAgent && secret.Length > 0 && secret == Tokens.AgentMaster)
        {
            return _agentMaster;
        }

        var state = _store.Root.Acl;
        var token = FindToken(state, secret) ?? throw new AclDeniedException(AclDeniedException.NotFound);
        return _known.GetOrCreateValue(state).GetOrAdd(token.SecretId, static (_, known) => known.Gate.Judge(known.State, known.Token), (Gate: this, State: state, Token: token));
    }

    /// <summary>Adds what is always there, at the start and to a state that is put in the place of the one there was. Null: without access rules nothing is.</summary>
    public InitializeAcl? BuiltIns() => IsEnabled ? AclBuiltIn.Command(_options, _time.GetUtcNow()) : null;

    /// <summary>The same in the state of now.</summary>
    public AclToken? FindToken(string secret) => FindToken(_store.Root.Acl, secret);

    /// <summary>The token of a secret, or the anonymous one; null if there is none, or its time is over.</summary>
    public AclToken? FindToken(AclState state, string secret)
    {
        secret = secret.Length > 0 ? secret : Tokens.Default.Length > 0 ? Tokens.Default : AclToken.AnonymousSecret;
        return state.Tokens.Find(secret) is { } token && !token.IsExpired(_time.GetUtcNow()) ? token : null;
    }

    /// <summary>What a secret's token may be called by; never the secret, though a token may have it for its id, too.</summary>
    public string AccessorOf(string secret) =>
        FindToken(_store.Root.Acl, secret)?.AccessorId is { } accessor && accessor != secret ? accessor
        : secret.Length > 0 && secret == Tokens.AgentMaster ? "agent_master"
        : "unknown";

    private Authorizer Judge(AclState state, AclToken token)
    {
        List<AclGrants> grants = [token, .. token.RoleIds.Select(id => state.Roles.Find(id)).OfType<AclRole>()];
        var policies = grants.SelectMany(static grant => grant.PolicyIds).Distinct(StringComparer.Ordinal).ToList();
        if (token.LegacyType == AclToken.LegacyManagement || policies.Contains(AclPolicy.ManagementId))
        {
            return Authorizer.All;
        }

        List<IReadOnlyList<AclRule>?> written =
        [
            .. policies.Select(id => state.Policies.Find(id)).OfType<AclPolicy>().Where(IsOfHere).Select(policy => _rules.GetValue(policy, _ => Read(policy))),
            token.LegacyType.Length > 0 ? _rules.GetValue(token, _ => Read(token)) : [],
        ];

        // What can't be read may have been a denial.
        if (written.Contains(null))
        {
            return Authorizer.None;
        }

        var rules = written
            .SelectMany(static rules => rules!)
            .Concat(grants.SelectMany(static grant => grant.ServiceIdentities).Where(identity => identity.Datacenters is null or [] || identity.Datacenters.Contains(_datacenter)).SelectMany(RulesOf))
            .Concat(grants.SelectMany(static grant => grant.NodeIdentities).Where(identity => identity.Datacenter == _datacenter).SelectMany(RulesOf));
        return new Authorizer(rules, _options.AllowByDefault);
    }

    /// <summary>Tells the log, once, of a binding rule whose selector can't be read.</summary>
    public void ReportUnreadable(AclBindingRule rule, string fault)
    {
        if (_unreadable.TryAdd((rule.Id, rule.Selector), true))
        {
            Log.UnreadableSelector(_logger, rule.Id, LogText.FirstLine(fault));
        }
    }

    private bool IsOfHere(AclPolicy policy) => policy.Datacenters is null or [] || policy.Datacenters.Contains(_datacenter);

    private IReadOnlyList<AclRule>? Read(AclPolicy policy)
    {
        var rules = AclRulesReader.Read(policy.Rules, out var fault);
        if (rules is null)
        {
            Log.UnreadablePolicy(_logger, LogText.FirstLine(policy.Name), LogText.FirstLine(fault));
        }

        return rules;
    }

    private IReadOnlyList<AclRule>? Read(AclToken token)
    {
        var rules = AclRulesReader.Read(token.Rules, out var fault, legacy: true);
        if (rules is null)
        {
            Log.UnreadableToken(_logger, AccessorOf(token.SecretId), LogText.FirstLine(fault));
        }

        return rules;
    }

    private static IEnumerable<AclRule> RulesOf(AclServiceIdentity identity) =>
    [
        new(AclResource.Service, identity.ServiceName, false, AclAccess.Write),
        new(AclResource.Service, $"{identity.ServiceName}-sidecar-proxy", false, AclAccess.Write),
        new(AclResource.Service, "", true, AclAccess.Read),
        new(AclResource.Node, "", true, AclAccess.Read),
    ];

    private static IEnumerable<AclRule> RulesOf(AclNodeIdentity identity) =>
    [
        new(AclResource.Node, identity.NodeName, false, AclAccess.Write),
        new(AclResource.Service, "", true, AclAccess.Read),
    ];
}
