namespace Rollcall.Agent.Queries;

/// <summary>What a template can name: the name that was asked for, what it is made of, and what matched in it.</summary>
/// <param name="Name">The name asked for.</param>
/// <param name="Prefix">The name of the template, which the name begins with, in whatever case; only in the same case it is cut off for the suffix.</param>
/// <param name="Matches">The whole match and its groups; empty: there was none.</param>
internal sealed record TemplateScope(string Name, string Prefix, IReadOnlyList<string> Matches) : ITemplateScope
{
    public bool CanMatch => true;

    public string? Find(string variable) => variable switch
    {
        "name.full" => Name,
        "name.prefix" => Prefix,
        "name.suffix" => Name.StartsWith(Prefix, StringComparison.Ordinal) ? Name[Prefix.Length..] : Name,
        "agent.segment" => "",
        _ => null,
    };

    public string Match(long group) => group >= 0 && group < Matches.Count ? Matches[(int)group] : "";
}
