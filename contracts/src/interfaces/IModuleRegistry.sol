// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Names for modules
/// @notice `name:version` -> module, immutable once published; the account that published a name first owns it. A module
///   is the sha-256 digest of its CID. Lists by curators and attestations by anybody are opinions that clients choose
///   whom to believe; only the list of the deployment's steward has an effect: it waives the protocol fee.
interface IModuleRegistry {
    /// @notice A module as published.
    struct Entry {
        bytes32 module; // sha-256 digest of the module's CID; 0 = not published
        address author;
        uint16 feeBps; // of what the provider earns
        uint40 publishedAt; // seconds
    }

    /// @notice `name:version` was published.
    event Published(bytes32 indexed module, address indexed author, string name, string version, uint16 feeBps);
    /// @notice `curator` put a module on its list or took it off.
    event Curated(address indexed curator, bytes32 indexed module, bool listed);
    /// @notice `attester` says that `runs` runs of a module gave one result, or did not.
    event Attested(bytes32 indexed module, address indexed attester, bool deterministic, uint32 runs);

    error ModuleNameTaken(string name, address owner);
    error ModuleVersionTaken(string name, string version);
    error ModuleBadName(string name);
    error ModuleZero();
    error ModuleFeeTooHigh(uint16 feeBps, uint16 limit);

    /// @notice Publishes a version. The caller owns the name, or nobody does.
    /// @param name 1 to 64 characters of a-z 0-9 - _ . /
    /// @param version 1 to 64 characters of the same set
    /// @param module sha-256 digest of the module's CID
    /// @param feeBps author fee; counts only for the first publication of this module, <= 1000
    function publish(string calldata name, string calldata version, bytes32 module, uint16 feeBps) external;

    /// @notice Puts `module` on the caller's list, or takes it off.
    function curate(bytes32 module, bool listed) external;

    /// @notice States what `runs` runs of `module` showed.
    function attest(bytes32 module, bool deterministic, uint32 runs) external;

    /// @notice The entry of `name:version`; all zero where there is none.
    function find(string calldata name, string calldata version) external view returns (Entry memory);

    /// @notice The account that may publish under `name`; 0 = free.
    function ownerOf(string calldata name) external view returns (address);

    /// @notice Who earns what when a deal names `module`.
    /// @return author 0 when the module is unknown
    /// @return feeBps of what the provider earns
    /// @return isPublicGood on the steward's list: no protocol fee
    function termsOf(bytes32 module) external view returns (address author, uint16 feeBps, bool isPublicGood);

    /// @notice Whether `curator` lists `module`.
    function isListed(address curator, bytes32 module) external view returns (bool);

    /// @notice The curator whose list waives the protocol fee.
    function steward() external view returns (address);
}
