using Google.Protobuf.Reflection;

namespace Rollcall.Grpc.Dynamic;

/// <summary>Collects what files declare, and refuses what linking lets through although only protoc makes sure of it.</summary>
internal sealed class CatalogSymbols
{
    public Dictionary<string, IDescriptor> ByName { get; } = new(StringComparer.Ordinal);

    public Dictionary<(string Type, int Number), FieldDescriptor> Extensions { get; } = [];

    public string Fault { get; private set; } = "";

    /// <param name="files">All of them.</param>
    /// <param name="known">Those that there are anyway, where <paramref name="files"/> has none of the same name.</param>
    public bool TryAdd(IReadOnlyList<FileDescriptor> files, IReadOnlyList<FileDescriptor> known)
    {
        var names = files.Select(file => file.Name).ToHashSet(StringComparer.Ordinal);
        return files.Concat(known.Where(file => !names.Contains(file.Name))).All(TryAdd);
    }

    private bool TryAdd(FileDescriptor file)
    {
        foreach (var service in file.Services)
        {
            ByName.TryAdd(service.FullName, service);
        }

        AddEnums(file.EnumTypes);
        return TryAddExtensions(file.Extensions) && file.MessageTypes.All(TryAdd);
    }

    private bool TryAdd(MessageDescriptor message)
    {
        ByName.TryAdd(message.FullName, message);
        AddEnums(message.EnumTypes);
        return TryAddExtensions(message.Extensions) && message.Fields.InDeclarationOrder().All(TryCheck) && message.NestedTypes.All(TryAdd);
    }

    private bool TryCheck(FieldDescriptor field)
    {
        if (field.FieldType.IsMessage() && field.MessageType is null)
        {
            return Fail($"{field.FullName} has no type");
        }

        return !field.IsMap || IsMapEntry(field.MessageType) || Fail($"{field.FullName} is a map without key and value");
    }

    private static bool IsMapEntry(MessageDescriptor type) =>
        type.FindFieldByNumber(1) is { IsRepeated: false } key
        && type.FindFieldByNumber(2) is { IsRepeated: false }
        && (key.FieldType == FieldType.String || (key.FieldType.IsNumber() && key.FieldType is not (FieldType.Enum or FieldType.Float or FieldType.Double)));

    private void AddEnums(IEnumerable<EnumDescriptor> enums)
    {
        foreach (var enumeration in enums)
        {
            ByName.TryAdd(enumeration.FullName, enumeration);
        }
    }

    private bool TryAddExtensions(ExtensionCollection extensions)
    {
        foreach (var extension in extensions.UnorderedExtensions)
        {
            if (!extension.IsExtension || extension.ExtendeeType is null)
            {
                return Fail($"{extension.FullName} extends no message");
            }

            if (!TryCheck(extension))
            {
                return false;
            }

            ByName.TryAdd(extension.FullName, extension);
            Extensions.TryAdd((extension.ExtendeeType.FullName, extension.FieldNumber), extension);
        }

        return true;
    }

    private bool Fail(string fault)
    {
        Fault = $"The descriptors do not fit together: {fault}.";
        return false;
    }
}
