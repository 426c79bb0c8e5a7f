using Rollcall.Agent.Store.Records;

namespace Rollcall.Agent.Acl;

/// <summary>Which prepared queries a token may see and change. Their results are filtered like every list.</summary>
internal static class QueryAcl
{
    private const string Redacted = "<hidden>";

    /// <summary>Ends the request if it may not write a query. One without a name is anybody's who knows its id.</summary>
    public static void DemandWrite(Authorizer access, PreparedQuery? query) =>
        AclDeniedException.Unless(query is null || !HasName(query) || access.Allows(AclResource.Query, query.Name, AclAccess.Write));

    /// <summary>What a list shows: those with a name that may be read, without their tokens. Management sees all.</summary>
    public static IEnumerable<PreparedQuery> Narrow(Authorizer access, IEnumerable<PreparedQuery> queries) => Manages(access)
        ? queries
        : queries.Where(query => HasName(query) && access.Allows(AclResource.Query, query.Name, AclAccess.Read)).Select(Redact);

    /// <summary>One query, asked for by its id or name.</summary>
    /// <exception cref="AclDeniedException">It may not be read.</exception>
    public static PreparedQuery Show(Authorizer access, PreparedQuery query) =>
        Manages(access) ? query
        : !HasName(query) || access.Allows(AclResource.Query, query.Name, AclAccess.Read) ? Redact(query)
        : throw new AclDeniedException(AclDeniedException.Denied);

    private static bool Manages(Authorizer access) => access.Allows(AclResource.Acl, "", AclAccess.Write);

    private static bool HasName(PreparedQuery query) => query.Name.Length > 0 || query.IsTemplate;

    private static PreparedQuery Redact(PreparedQuery query) => query.Token.Length > 0 ? query with { Token = Redacted } : query;
}
