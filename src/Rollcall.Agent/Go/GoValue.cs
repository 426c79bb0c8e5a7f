namespace Rollcall.Agent.Go;

/// <summary>A JSON value as it was sent: numbers keep their text, objects keep repeated names in order.</summary>
internal sealed record GoValue(GoKind Kind)
{
    public static readonly GoValue Null = new(GoKind.Null);
    public static readonly GoValue True = new(GoKind.Bool) { Bool = true };
    public static readonly GoValue False = new(GoKind.Bool);

    public bool Bool { get; init; }

    /// <summary>The text of a string or of a number.</summary>
    public string Text { get; init; } = "";

    public IReadOnlyList<GoValue> Items { get; init; } = [];

    public IReadOnlyList<KeyValuePair<string, GoValue>> Members { get; init; } = [];

    /// <summary>A member, the last of its name as in Go; <see cref="Null"/> if there is none, or this is no object.</summary>
    public GoValue this[string name]
    {
        get
        {
            for (var i = Members.Count - 1; i >= 0; i--)
            {
                if (Members[i].Key == name)
                {
                    return Members[i].Value;
                }
            }

            return Null;
        }
    }

    /// <summary>How many objects and lists are in each other, with this one. 0: neither.</summary>
    public int Depth => Kind is not (GoKind.Object or GoKind.Array) ? 0
        : 1 + Items.Concat(Members.Select(static member => member.Value)).Select(static inner => inner.Depth).DefaultIfEmpty().Max();

    public static GoValue OfText(string text) => new(GoKind.String) { Text = text };

    public static GoValue OfMembers(params IEnumerable<(string Name, GoValue Value)> members) =>
        new(GoKind.Object) { Members = [.. members.Select(static member => KeyValuePair.Create(member.Name, member.Value))] };
}
