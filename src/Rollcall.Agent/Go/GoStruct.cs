namespace Rollcall.Agent.Go;

/// <summary>The fields that a body may have.</summary>
/// <param name="name">The name of the type in Go's errors about its fields.</param>
/// <param name="goType">Its name where the whole value has the wrong type.</param>
internal sealed class GoStruct<T>(string name, string goType)
{
    private readonly Dictionary<string, GoField<T>> _fields = new(StringComparer.OrdinalIgnoreCase);

    public string Name { get; } = name;

    public string GoType { get; } = goType;

    /// <summary>Adds a field that may be written under several names.</summary>
    public GoStruct<T> Add(Action<GoDecoder, GoValue, T> set, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            _fields.Add(name, new GoField<T>(name, set));
        }

        return this;
    }

    /// <summary>Refuses the field that only Consul's paid edition has, in Consul's words.</summary>
    public GoStruct<T> WithoutNamespaces() => Add(static (decoder, _, _) => decoder.Refuse("json: unknown field \"Namespace\" - Namespaces are a Consul Enterprise feature"), "Namespace");

    /// <summary>What is left to do once all fields are in place; null if nothing.</summary>
    public Action<GoDecoder, T>? End { get; init; }

    /// <summary>Unknown names are passed over instead of refused.</summary>
    public bool Lenient { get; init; }

    public GoField<T>? Find(string name) => _fields.GetValueOrDefault(name);
}
