using System.Text.Json;
using Rollcall.Discovery.Internal;
using Rollcall.Discovery.Resilience;

namespace Rollcall.Discovery.Configuration.Internal;

/// <summary>
/// One object of a service config, with its path: typed fields by protobuf's JSON mapping, where <c>null</c> is the same as absent. A field
/// of the wrong type is noted as a fault and read as absent.
/// </summary>
internal sealed class JsonFields(JsonElement element, string path, ConfigFaults faults)
{
    private static readonly CallStatus[] s_statuses = Enum.GetValues<CallStatus>();

    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    public string Path => path;

    public string PathOf(string name) => path.Length == 0 ? name : $"{path}.{name}";

    /// <summary>Names of the fields that are there, in their order.</summary>
    public IEnumerable<string> Names => element.EnumerateObject().Select(static property => property.Name);

    /// <summary>Paths of the fields that nobody has asked for.</summary>
    public IEnumerable<string> Unknown => Names.Where(name => !_asked.Contains(name)).Select(PathOf);

    /// <summary>The whole, for those who read it themselves; lives on when the document is gone.</summary>
    public JsonElement Clone() => element.Clone();

    public string? GetText(string name)
    {
        if (!TryGet(name, out var value))
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.String ? value.GetString() : Wrong<string>(name, "must be a text", value);
    }

    public bool? GetBool(string name)
    {
        if (!TryGet(name, out var value))
        {
            return null;
        }

        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : WrongValue<bool>(name, "must be true or false", value);
    }

    /// <summary>A <c>uint32</c>; what an <see cref="int"/> can't hold becomes its largest.</summary>
    public int? GetCount(string name)
    {
        if (!TryGet(name, out var value))
        {
            return null;
        }

        return JsonValues.TryGetNumber(value, out var number) && number is >= 0 and <= uint.MaxValue && Math.Floor(number) == number
            ? (int)Math.Min(number, int.MaxValue)
            : WrongValue<int>(name, "must be a whole number from 0 to 4294967295", value);
    }

    public double? GetNumber(string name)
    {
        if (!TryGet(name, out var value))
        {
            return null;
        }

        return JsonValues.TryGetNumber(value, out var number) ? number : WrongValue<double>(name, "must be a number", value);
    }

    public TimeSpan? GetDuration(string name)
    {
        if (!TryGet(name, out var value))
        {
            return null;
        }

        return JsonValues.TryGetDuration(value, out var duration)
            ? duration
            : WrongValue<TimeSpan>(name, "must be seconds with an 's' behind them, such as \"1.5s\"", value);
    }

    public JsonFields? GetObject(string name)
    {
        if (!TryGet(name, out var value))
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Object
            ? new JsonFields(value, PathOf(name), faults)
            : Wrong<JsonFields>(name, "must be an object", value);
    }

    /// <summary>The objects of a list; what is no object is noted and left out.</summary>
    public IEnumerable<JsonFields> GetObjects(string name)
    {
        foreach (var (item, itemPath) in GetItems(name))
        {
            if (item.ValueKind == JsonValueKind.Object)
            {
                yield return new JsonFields(item, itemPath, faults);
            }
            else
            {
                faults.Add(itemPath, $"must be an object, and is {JsonValues.Shown(item)}");
            }
        }
    }

    /// <summary>A list of status codes, by name or number.</summary>
    public IReadOnlyList<CallStatus> GetStatuses(string name)
    {
        var statuses = new List<CallStatus>();
        foreach (var (item, itemPath) in GetItems(name))
        {
            if (!TryGetStatus(item, out var status))
            {
                faults.Add(itemPath, $"must be a status code such as \"UNAVAILABLE\", and is {JsonValues.Shown(item)}");
            }
            else if (status == CallStatus.Ok)
            {
                faults.Add(itemPath, "is OK, which is not an error that a call ends with");
            }
            else
            {
                statuses.Add(status);
            }
        }

        return statuses;
    }

    /// <summary>A list of HTTP statuses of failures.</summary>
    public IReadOnlyList<int> GetHttpStatuses(string name)
    {
        var statuses = new List<int>();
        foreach (var (item, itemPath) in GetItems(name))
        {
            if (JsonValues.TryGetNumber(item, out var status) && status is >= 400 and <= 599 && Math.Floor(status) == status)
            {
                statuses.Add((int)status);
            }
            else
            {
                faults.Add(itemPath, $"must be an HTTP status from 400 to 599, and is {JsonValues.Shown(item)}");
            }
        }

        return statuses;
    }

    private List<(JsonElement Item, string Path)> GetItems(string name)
    {
        if (!TryGet(name, out var value))
        {
            return [];
        }

        var owner = PathOf(name);
        if (value.ValueKind != JsonValueKind.Array)
        {
            faults.Add(owner, $"must be a list, and is {JsonValues.Shown(value)}");
            return [];
        }

        return [.. value.EnumerateArray().Select((item, index) => (item, $"{owner}[{index}]"))];
    }

    private bool TryGet(string name, out JsonElement value)
    {
        _asked.Add(name);
        return element.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
    }

    private T? Wrong<T>(string name, string expected, JsonElement value)
        where T : class
    {
        faults.Add(PathOf(name), $"{expected}, and is {JsonValues.Shown(value)}");
        return null;
    }

    private T? WrongValue<T>(string name, string expected, JsonElement value)
        where T : struct
    {
        faults.Add(PathOf(name), $"{expected}, and is {JsonValues.Shown(value)}");
        return null;
    }

    private static bool TryGetStatus(JsonElement value, out CallStatus status)
    {
        if (JsonValues.TryGetNumber(value, out var number))
        {
            status = Array.Find(s_statuses, s => (int)s == number);
            return (int)status == number;
        }

        // DEADLINE_EXCEEDED is DeadlineExceeded.
        var name = value.ValueKind == JsonValueKind.String ? value.GetString()!.Replace("_", "", StringComparison.Ordinal) : "";
        var found = Array.Find(s_statuses, c => name.Equals(c.ToString(), StringComparison.OrdinalIgnoreCase));
        status = found;
        return name.Length > 0 && name.Equals(found.ToString(), StringComparison.OrdinalIgnoreCase);
    }
}
