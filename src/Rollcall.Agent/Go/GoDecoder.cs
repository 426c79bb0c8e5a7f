using System.Globalization;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Go;

/// <summary>
/// Puts JSON values into fields by Go's rules: names compare without case, unknown ones are refused, a wrong type is reported in Go's
/// words. Go goes on after such a fault and reports the first; so does this.
/// </summary>
internal sealed class GoDecoder
{
    private readonly List<string> _path = [];
    private string _struct = "";
    private int _custom;
    private bool _ended;

    /// <summary>The first fault; null if there was none.</summary>
    public string? Error { get; private set; }

    /// <summary>Decodes a whole body. Gives the fault, or null.</summary>
    public static string? Decode<T>(ReadOnlySpan<byte> body, GoStruct<T> type, T target)
    {
        var value = GoJsonParser.Parse(body, out var syntax);
        if (value is null)
        {
            return syntax;
        }

        return Decode(value, type, target);
    }

    /// <summary>Decodes a value that was read before. Gives the fault, or null.</summary>
    public static string? Decode<T>(GoValue value, GoStruct<T> type, T target)
    {
        var decoder = new GoDecoder();
        decoder.Struct(value, type, target);
        return decoder.Error;
    }

    public void Struct<T>(GoValue value, GoStruct<T> type, T target)
    {
        if (value.Kind == GoKind.Null)
        {
            return;
        }

        if (value.Kind != GoKind.Object)
        {
            WrongType(value, type.GoType);
            return;
        }

        var outer = _struct;
        if (_custom == 0)
        {
            _struct = type.Name;
        }

        foreach (var (name, member) in value.Members)
        {
            if (type.Find(name) is not { } field)
            {
                if (!type.Lenient)
                {
                    Fail($"json: unknown field \"{name}\"");
                }

                continue;
            }

            Enter(field.Name);
            field.Set(this, member, target);
            Leave();
        }

        type.End?.Invoke(this, target);
        _struct = outer;
    }

    /// <summary>
    /// A type that decodes itself: Go then reports faults inside it with the name of the field that holds it, and ends there, whatever it found before.
    /// </summary>
    public void Custom<T>(GoValue value, GoStruct<T> type, T target)
    {
        if (_ended)
        {
            return;
        }

        var before = Error;
        Error = null;
        _custom++;
        Struct(value, type, target);
        _custom--;
        _ended = Error is not null;
        Error ??= before;
    }

    public string Text(GoValue value) => Text(value, "string");

    /// <summary>A text whose type has a name of its own.</summary>
    public string Text(GoValue value, string goType)
    {
        if (value.Kind is not (GoKind.String or GoKind.Null))
        {
            WrongType(value, goType);
        }

        return value.Kind == GoKind.String ? value.Text : "";
    }

    public bool Bool(GoValue value)
    {
        if (value.Kind is not (GoKind.Bool or GoKind.Null))
        {
            WrongType(value, "bool");
        }

        return value.Bool;
    }

    public int Int(GoValue value, string goType = "int")
    {
        if (value.Kind is not (GoKind.Number or GoKind.Null))
        {
            WrongType(value, goType);
        }
        else if (value.Kind == GoKind.Number)
        {
            // Go's int has 64 bits; a port or weight beyond 32 is nonsense that is clamped here and refused later.
            if (long.TryParse(value.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            {
                return (int)Math.Clamp(number, int.MinValue, int.MaxValue);
            }

            WrongType($"number {value.Text}", goType);
        }

        return 0;
    }

    /// <summary>A number of 64 bits without a sign.</summary>
    public ulong Unsigned(GoValue value, string goType = "uint64")
    {
        if (value.Kind is not (GoKind.Number or GoKind.Null))
        {
            WrongType(value, goType);
        }
        else if (value.Kind == GoKind.Number)
        {
            if (ulong.TryParse(value.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return number;
            }

            WrongType($"number {value.Text}", goType);
        }

        return 0;
    }

    public double Float(GoValue value)
    {
        if (value.Kind is not (GoKind.Number or GoKind.Null))
        {
            WrongType(value, "float64");
        }
        else if (value.Kind == GoKind.Number)
        {
            var number = double.Parse(value.Text, CultureInfo.InvariantCulture);
            if (double.IsFinite(number))
            {
                return number;
            }

            WrongType($"number {value.Text}", "float64");
        }

        return 0;
    }

    /// <summary>Bytes in base64.</summary>
    public byte[]? Bytes(GoValue value)
    {
        if (value.Kind == GoKind.Null)
        {
            return null;
        }

        if (value.Kind != GoKind.String)
        {
            WrongType(value, "[]uint8");
            return null;
        }

        if (GoBase64.TryDecode(value.Text, out var bytes, out var error))
        {
            return bytes;
        }

        Fail(error);
        return null;
    }

    public List<string>? Texts(GoValue value) => List(value, "[]string", Text);

    public List<T>? List<T>(GoValue value, string goType, Func<GoValue, T> item)
    {
        if (value.Kind is GoKind.Array)
        {
            return [.. value.Items.Select(item)];
        }

        if (value.Kind != GoKind.Null)
        {
            WrongType(value, goType);
        }

        return null;
    }

    public Dictionary<string, string>? TextMap(GoValue value) => Map(value, "map[string]string", Text);

    public Dictionary<string, T>? Map<T>(GoValue value, string goType, Func<GoValue, T> item)
    {
        if (value.Kind is GoKind.Object)
        {
            var map = new Dictionary<string, T>(StringComparer.Ordinal);
            foreach (var (name, member) in value.Members)
            {
                map[name] = item(member);
            }

            return map;
        }

        if (value.Kind != GoKind.Null)
        {
            WrongType(value, goType);
        }

        return null;
    }

    /// <summary>A duration: text in Go's form, or a number of nanoseconds. Anything else counts as absent, as in Consul.</summary>
    public TimeSpan Duration(GoValue? value) => GoDuration.FromNanoseconds(Nanoseconds(value));

    /// <summary>The same at Go's resolution.</summary>
    public long Nanoseconds(GoValue? value)
    {
        switch (value?.Kind)
        {
            case GoKind.String:
                if (!GoDurationText.TryParseNanoseconds(value.Text, out var nanoseconds, out var error))
                {
                    Fail(error);
                }

                return nanoseconds;
            case GoKind.Number:
                // What Go makes on amd64 of a number that has no place in 64 bits.
                var number = Float(value);
                return number is >= long.MinValue and < -(double)long.MinValue ? (long)number : long.MinValue;
            default:
                return 0;
        }
    }

    /// <summary>A value that is looked at later: numbers have to be ones that Go's <c>float64</c> holds.</summary>
    public GoValue Any(GoValue value)
    {
        if (value.Kind == GoKind.Number)
        {
            Float(value);
        }

        foreach (var inner in value.Items.Concat(value.Members.Select(static member => member.Value)))
        {
            Any(inner);
        }

        return value;
    }

    /// <summary>A fault that a field finds in its own value.</summary>
    public void Refuse(string error) => Fail(error);

    private void Fail(string error) => Error ??= error;

    private void WrongType(GoValue value, string goType) => WrongType(value.Kind.ToString().ToLowerInvariant(), goType);

    private void WrongType(string what, string goType) =>
        Fail(_path.Count == 0
            ? $"json: cannot unmarshal {what} into Go value of type {goType}"
            : $"json: cannot unmarshal {what} into Go struct field {_struct}.{string.Join('.', _path)} of type {goType}");

    private void Enter(string field)
    {
        if (_custom == 0)
        {
            _path.Add(field);
        }
    }

    private void Leave()
    {
        if (_custom == 0)
        {
            _path.RemoveAt(_path.Count - 1);
        }
    }
}
