using Rollcall.Agent.Filter;

namespace Rollcall.Agent.Acl.Login;

/// <summary>One type of auth methods with the settings of one of them. Safe for use by many threads.</summary>
internal interface ILoginMethod : IDisposable
{
    /// <summary>What selectors of binding rules may name.</summary>
    FilterFields<LoginIdentity> Fields { get; }

    /// <summary>The names of <see cref="LoginIdentity.Values"/> as binding rules write them: <c>value.name</c> for a value <c>name</c>.</summary>
    string Prefix { get; }

    /// <summary>All names that values may have.</summary>
    IReadOnlyCollection<string> ValueNames { get; }

    /// <summary>Whether those can be reached whom it has to ask before anybody logs in.</summary>
    /// <exception cref="LoginException">They can't.</exception>
    Task CheckAsync(CancellationToken cancellation);

    /// <summary>Who brings a text.</summary>
    /// <exception cref="LoginException">It is not believed.</exception>
    Task<LoginIdentity> VerifyAsync(string bearer, CancellationToken cancellation);
}
