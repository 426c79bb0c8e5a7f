using Rollcall.Agent.Go;

namespace Rollcall.Agent.Configuration;

/// <summary>Names of fields as Consul finds them in its files: without regard to case, and one spelling each.</summary>
internal static class ConfigNames
{
    /// <summary>The members of an object by their names in small letters, each with its own spelling. Where a name is there in several, that in small letters counts.</summary>
    /// <param name="value">The object.</param>
    /// <param name="unknown">Is told of the other spellings, which Consul does not know then.</param>
    public static Dictionary<string, (string Name, GoValue Value)> Read(GoValue value, Action<string> unknown)
    {
        var members = new Dictionary<string, (string Name, GoValue Value)>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, member) in value.Members)
        {
            if (!members.TryGetValue(name, out var known) || known.Name == name)
            {
                members[name] = (name, member);
            }
            else if (name.Equals(name.ToLowerInvariant(), StringComparison.Ordinal))
            {
                unknown(known.Name);
                members[name] = (name, member);
            }
            else
            {
                unknown(name);
            }
        }

        return members;
    }

    /// <summary>The same object with names that stand for others in the place of these; those that stand there already count more.</summary>
    /// <param name="value">The object.</param>
    /// <param name="aliases">The others by the names, in small letters.</param>
    public static GoValue WithoutAliases(GoValue value, Dictionary<string, string> aliases)
    {
        var own = value.Members.Select(static member => member.Key).ToHashSet(StringComparer.Ordinal);
        var members = new List<KeyValuePair<string, GoValue>>(value.Members.Count);
        foreach (var member in value.Members)
        {
            if (!aliases.TryGetValue(member.Key.ToLowerInvariant(), out var name))
            {
                members.Add(member);
            }
            else if (own.Add(name))
            {
                members.Add(new(name, member.Value));
            }
        }

        return value with { Members = members };
    }
}
