namespace Rollcall.Agent.Queries;

/// <summary>What the expressions in a text can name.</summary>
internal interface ITemplateScope
{
    /// <summary>Whether there is the function <c>match</c>.</summary>
    bool CanMatch { get; }

    /// <summary>The value of a variable; null: there is none of this name.</summary>
    string? Find(string variable);

    /// <summary>What <c>match</c> gives.</summary>
    string Match(long group);
}
