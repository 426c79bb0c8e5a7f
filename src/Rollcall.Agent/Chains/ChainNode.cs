namespace Rollcall.Agent.Chains;

/// <summary>One step of a chain.</summary>
/// <param name="Name">Told apart from others of its kind by this.</param>
internal abstract record ChainNode(string Name)
{
    /// <summary><c>router</c>, <c>splitter</c> or <c>resolver</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>Under this name it is shown, and others lead to it.</summary>
    public string Key => KeyOf(Kind, Name);

    /// <summary>The keys of the nodes that it leads to.</summary>
    public abstract IEnumerable<string> Next { get; }

    protected static string KeyOf(string kind, string name) => $"{kind}:{name}";
}
