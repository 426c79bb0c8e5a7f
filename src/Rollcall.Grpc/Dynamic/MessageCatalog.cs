using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Google.Protobuf.Reflection;

namespace Rollcall.Grpc.Dynamic;

/// <summary>
/// Services and messages that are known from compiled .proto files only, without generated code. Beside what the files declare, it has the messages
/// of <c>google/protobuf/*.proto</c>. Immutable and thread-safe.
/// </summary>
public sealed class MessageCatalog
{
    private readonly Dictionary<string, IDescriptor> _symbols;
    private readonly Dictionary<(string Type, int Number), FieldDescriptor> _extensions;

    // Bounded by the number of types and fields; filled as they are used.
    private readonly ConcurrentDictionary<MessageDescriptor, Dictionary<string, FieldDescriptor>> _jsonNames = new();
    private readonly ConcurrentDictionary<FieldDescriptor, bool> _groups = new();

    internal MessageCatalog(
        IReadOnlyList<FileDescriptor> files, Dictionary<string, IDescriptor> symbols, Dictionary<(string Type, int Number), FieldDescriptor> extensions)
    {
        Files = files;
        Services = [.. files.SelectMany(file => file.Services).OrderBy(service => service.FullName, StringComparer.Ordinal)];
        _symbols = symbols;
        _extensions = extensions;
    }

    /// <summary>The <c>google/protobuf/*.proto</c> that every catalog has, in an order in which each one's imports come first.</summary>
    public static IReadOnlyList<FileDescriptor> ProtobufFiles => WellKnownTypes.Files;

    /// <summary>The files that it was built from, each after those that it imports; without those of protobuf itself that were not given.</summary>
    public IReadOnlyList<FileDescriptor> Files { get; }

    /// <summary>All services of <see cref="Files"/>, by name.</summary>
    public IReadOnlyList<ServiceDescriptor> Services { get; }

    /// <summary>Builds a catalog.</summary>
    /// <param name="files">
    /// Serialized <c>FileDescriptorProto</c> messages in any order, as server reflection gives them. Of two with the same name the first counts.
    /// </param>
    /// <param name="catalog">The catalog.</param>
    /// <param name="fault">What is wrong with the files, in words for a person.</param>
    /// <returns>False: the files are no valid descriptors, or what they refer to is missing.</returns>
    public static bool TryBuild(
        IEnumerable<ReadOnlyMemory<byte>> files, [NotNullWhen(true)] out MessageCatalog? catalog, [NotNullWhen(false)] out string? fault)
    {
        ArgumentNullException.ThrowIfNull(files);
        var builder = new CatalogBuilder();
        catalog = builder.TryAdd(files) ? builder.TryBuild() : null;
        fault = catalog is null ? builder.Fault : null;
        return catalog is not null;
    }

    /// <summary>Builds a catalog from a <c>FileDescriptorSet</c>, as <c>protoc --include_imports --descriptor_set_out</c> writes it.</summary>
    /// <param name="set">The serialized message.</param>
    /// <param name="catalog">The catalog.</param>
    /// <param name="fault">What is wrong with the set, in words for a person.</param>
    public static bool TryBuildFromSet(
        ReadOnlyMemory<byte> set, [NotNullWhen(true)] out MessageCatalog? catalog, [NotNullWhen(false)] out string? fault)
    {
        var builder = new CatalogBuilder();
        catalog = builder.TryAddSet(set) ? builder.TryBuild() : null;
        fault = catalog is null ? builder.Fault : null;
        return catalog is not null;
    }

    /// <summary>Makes a catalog of files that are linked already, as those of generated code are, and of what they import. It has their own descriptors.</summary>
    /// <param name="files">Such as <c>OrdersReflection.Descriptor</c>.</param>
    /// <exception cref="ArgumentException">Two files do not fit together.</exception>
    public static MessageCatalog FromFiles(IEnumerable<FileDescriptor> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        var all = new List<FileDescriptor>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            Add(file);
        }

        var symbols = new CatalogSymbols();
        return symbols.TryAdd(all, WellKnownTypes.Files)
            ? new MessageCatalog(all, symbols.ByName, symbols.Extensions)
            : throw new ArgumentException(symbols.Fault, nameof(files));

        void Add(FileDescriptor file)
        {
            if (!names.Add(file.Name))
            {
                return;
            }

            foreach (var import in file.Dependencies)
            {
                Add(import);
            }

            all.Add(file);
        }
    }

    /// <summary>The service of a full name, such as <c>demo.Orders</c>; null if there is none.</summary>
    public ServiceDescriptor? FindService(string fullName) => Find<ServiceDescriptor>(fullName);

    /// <summary>The message of a full name; null if there is none.</summary>
    public MessageDescriptor? FindMessage(string fullName) => Find<MessageDescriptor>(fullName);

    /// <summary>The enum of a full name; null if there is none.</summary>
    public EnumDescriptor? FindEnum(string fullName) => Find<EnumDescriptor>(fullName);

    /// <summary>The extension field of a full name; null if there is none.</summary>
    public FieldDescriptor? FindExtension(string fullName) => Find<FieldDescriptor>(fullName);

    /// <summary>The extension field that a message has under a number; null if there is none.</summary>
    public FieldDescriptor? FindExtension(MessageDescriptor type, int number)
    {
        ArgumentNullException.ThrowIfNull(type);
        return _extensions.GetValueOrDefault((type.FullName, number));
    }

    /// <summary>By JSON name, or else by original name; extensions by their full name in brackets.</summary>
    internal FieldDescriptor? FindFieldByJsonName(MessageDescriptor type, string name)
    {
        if (_jsonNames.GetOrAdd(type, CollectJsonNames).TryGetValue(name, out var field))
        {
            return field;
        }

        return name is ['[', .. var extension, ']'] && FindExtension(extension) is { } found && found.ExtendeeType.FullName == type.FullName ? found : null;
    }

    /// <summary>Whether it is a group on the wire. Linked descriptors call groups messages, so that what they were built from has to be looked at.</summary>
    internal bool IsGroup(FieldDescriptor field) =>
        field.File.Syntax != Syntax.Proto3 && _groups.GetOrAdd(field, static field => field.ToProto().Type == FieldDescriptorProto.Types.Type.Group);

    // A field may be called in JSON as another one is called here. What was written by JSON's names must be read by them.
    private static Dictionary<string, FieldDescriptor> CollectJsonNames(MessageDescriptor type)
    {
        var names = new Dictionary<string, FieldDescriptor>(StringComparer.Ordinal);
        var fields = type.Fields.InDeclarationOrder();
        foreach (var field in fields)
        {
            names.TryAdd(field.JsonName, field);
        }

        foreach (var field in fields)
        {
            names.TryAdd(field.Name, field);
        }

        return names;
    }

    private T? Find<T>(string fullName)
        where T : class, IDescriptor
    {
        ArgumentNullException.ThrowIfNull(fullName);
        return _symbols.GetValueOrDefault(fullName) as T;
    }
}
