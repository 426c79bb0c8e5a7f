using System.Globalization;
using System.Text.Json.Nodes;
using Rollcall.Consul;

namespace Rollcall.Cli.Commands.Migration.Definitions;

/// <summary>
/// Prepared queries, by name: only those that end with a session have none, but for the template that stands for every name. The token of a query is shown only to
/// those who may manage access; to others it is not compared, and a query is carried without it.
/// </summary>
internal sealed class PreparedQueries : DefinitionKind
{
    private const string Hidden = "<hidden>";

    public override string Plural => "prepared queries";

    public override string Since => "0.6";

    public override async Task<Inventory> ReadAsync(ConsulClient side, CancellationToken cancellationToken)
    {
        var queries = await ListAsync(side, ["query"], cancellationToken);
        var lasting = queries.Where(static query => Text(query, "Session").Length == 0).ToList();
        var ending = queries.Count - lasting.Count;
        return new Inventory(
            [.. lasting.Select(Read)],
            ending == 0 ? [] : [string.Create(CultureInfo.InvariantCulture, $"Prepared queries that end with a session ({ending}) are not carried: the session stays here.")]);
    }

    public override bool Same(Definition here, Definition there) =>
        IsHidden(here) || IsHidden(there)
            ? Likeness.Form(Without(here.Content, "Token")) == Likeness.Form(Without(there.Content, "Token"))
            : base.Same(here, there);

    public override async Task<bool> WriteAsync(RawClient target, Definition here, Definition? there, CancellationToken cancellationToken)
    {
        // A token that can't be seen here stays what it is there. If it can't be seen there either, Consul refuses the word that stands for it, and the query stays.
        var body = IsHidden(here) ? Without(here.Content, "Token") : here.Content;
        if (IsHidden(here) && there is not null)
        {
            body["Token"] = Text(there.Content, "Token");
        }

        await (there is null
            ? target.WriteAsync(HttpMethod.Post, ["query"], body, cancellationToken: cancellationToken)
            : target.WriteAsync(HttpMethod.Put, ["query", there.Id], body, cancellationToken: cancellationToken));
        return true;
    }

    public override string? Remark(Definition here, Definition there) =>
        IsHidden(here) && Text(there.Content, "Token").Length == 0
            ? $"{here.Label} runs with a token of its own here, which only a token that may manage access sees (--from-token-file); there it has none."
            : null;

    private static Definition Read(JsonObject query)
    {
        var content = Without(query, "ID", "CreateIndex", "ModifyIndex");
        var (name, token) = (Text(query, "Name"), Text(query, "Token"));
        return new Definition(name.Length > 0 ? $"query {name}" : "query template for all names", name, content)
        {
            Id = Text(query, "ID"), Secret = token.Length > 0 && token != Hidden ? token : null,
        };
    }

    private static bool IsHidden(Definition query) => Text(query.Content, "Token") == Hidden;
}
