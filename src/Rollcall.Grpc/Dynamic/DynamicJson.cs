using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Google.Protobuf.Reflection;

namespace Rollcall.Grpc.Dynamic;

/// <summary>
/// Turns JSON into protobuf messages and back by their descriptors alone, in protobuf's JSON mapping. Thread-safe.
/// </summary>
/// <param name="catalog">Where types within <c>google.protobuf.Any</c>, and extensions, are looked up.</param>
public sealed class DynamicJson(MessageCatalog catalog)
{
    /// <summary>How deep messages may be nested, in both directions.</summary>
    internal const int MaxDepth = 100;

    /// <summary>Whether fields that are zero or empty, and cannot be told from unset ones, are written as JSON.</summary>
    /// <value>Default false.</value>
    public bool WriteDefaults { get; init; }

    /// <summary>Whether members of JSON that the message has no field for are passed over.</summary>
    /// <value>Default false: they are a fault.</value>
    public bool IgnoreUnknownFields { get; init; }

    /// <summary>
    /// Whether fields that proto2 calls required may be missing in JSON. Generated code does not ask for them when it reads a message; within an Any it does.
    /// </summary>
    /// <value>Default false: that is a fault.</value>
    public bool AllowPartial { get; init; }

    /// <summary>
    /// Whether an Any in JSON may be without a type, or hold one that the catalog lacks, as bytes. protobuf has no JSON for either: who has to give back what it
    /// takes can't.
    /// </summary>
    /// <value>Default true; false: that is a fault.</value>
    public bool AllowUnknownTypes { get; init; } = true;

    /// <summary>Turns JSON into a message.</summary>
    /// <remarks>
    /// Fields go by their JSON name or the original one, extensions by <c>[full.name]</c>. Numbers may be strings, bytes are base64 of either alphabet,
    /// enums names or numbers; null is the absence of a field. Fields are written in the order of their numbers.
    /// A type within an Any that the catalog lacks is given as bytes, as the member <c>@value</c> in base64 (<see cref="AllowUnknownTypes"/>).
    /// </remarks>
    /// <param name="type">The message's type.</param>
    /// <param name="json">Its JSON.</param>
    /// <param name="message">Its bytes.</param>
    /// <param name="fault">What is wrong with the JSON, led by where, as in <c>orders[2].price: expected a number, not "x"</c>.</param>
    /// <returns>False: the JSON does not fit the type.</returns>
    public bool TryEncode(MessageDescriptor type, JsonElement json, [NotNullWhen(true)] out byte[]? message, [NotNullWhen(false)] out string? fault)
    {
        if (TryEncode(type, json, out message, out var path, out fault))
        {
            return true;
        }

        fault = path.Length == 0 ? fault : $"{path}: {fault}";
        return false;
    }

    /// <summary>The same, with the place of the fault apart from what it is.</summary>
    /// <param name="type">The message's type.</param>
    /// <param name="json">Its JSON.</param>
    /// <param name="message">Its bytes.</param>
    /// <param name="path">Where in the JSON the fault is, as in <c>orders[2].price</c>; empty if it is in the message as a whole.</param>
    /// <param name="fault">What is wrong there, as in <c>expected a number, not "x"</c>.</param>
    /// <returns>False: the JSON does not fit the type.</returns>
    public bool TryEncode(
        MessageDescriptor type,
        JsonElement json,
        [NotNullWhen(true)] out byte[]? message,
        [NotNullWhen(false)] out string? path,
        [NotNullWhen(false)] out string? fault)
    {
        ArgumentNullException.ThrowIfNull(type);
        var output = new WireWriter();
        var faults = new JsonFault();
        var written = new MessageEncoder(catalog, output, faults, IgnoreUnknownFields, AllowPartial, AllowUnknownTypes).TryWrite(type, json);
        message = written ? output.ToArray() : null;
        path = written ? null : faults.Path;
        fault = written ? null : faults.Message;
        return written;
    }

    /// <summary>Turns a message into JSON.</summary>
    /// <remarks>
    /// Unknown fields are left out. Bytes that are no UTF-8 in a text become U+FFFD. A type within an Any that the catalog lacks is written as
    /// <c>@value</c> in base64.
    /// </remarks>
    /// <param name="type">The message's type.</param>
    /// <param name="message">Its bytes.</param>
    /// <param name="output">Gets one value. After a fault it is left in the middle of it.</param>
    /// <param name="fault">What is wrong with the bytes, led by where.</param>
    /// <returns>False: the bytes are no message of the type, or one that JSON has no form for, such as a time beyond the year 9999.</returns>
    public bool TryDecode(MessageDescriptor type, ReadOnlySpan<byte> message, Utf8JsonWriter output, [NotNullWhen(false)] out string? fault)
    {
        ArgumentNullException.ThrowIfNull(type);
        ArgumentNullException.ThrowIfNull(output);
        var faults = new JsonFault();
        var written = new MessageDecoder(catalog, output, faults, WriteDefaults).TryWrite(type, message);
        fault = written ? null : faults.ToString();
        return written;
    }
}
